/** A module that has nothing for the command. */
export const answer = 42
