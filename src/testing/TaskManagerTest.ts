/**
 * placeholder
 */
export const suite = 1
