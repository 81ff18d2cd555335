/**
 * A well-mixed hash: FNV-1a over UTF-16 units, finished as in MurmurHash3, because the low bits of plain FNV are weak.
 */

/**
 * A hash of a text, from 0 to 2^32 - 1. It must never change: jitter, `H` and the order of processes derive from it.
 */
export const hash = (text: string): number => {
  let h = 0x811c9dc5
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193)
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}
