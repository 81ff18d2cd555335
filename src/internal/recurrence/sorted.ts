/**
 * Binary search in numbers in ascending order.
 */

/** How many of the numbers are at most `limit`. */
export const rank = (numbers: ReadonlyArray<number>, limit: number): number => {
  let low = 0
  let high = numbers.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (numbers[middle]! <= limit) low = middle + 1
    else high = middle
  }
  return low
}
