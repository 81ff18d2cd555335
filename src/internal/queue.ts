/**
 * A waiting line: higher priority first, first come first served within one, and leaving from anywhere at no cost.
 */

/** Who can wait: whoever waits knows its neighbours. */
export interface Node {
  readonly priority: number
  previous: Node | undefined
  next: Node | undefined
  line: Line | undefined
}

/** All who wait with one priority. */
interface Line {
  readonly priority: number
  first: Node | undefined
  last: Node | undefined
}

/** The lines in descending order of priority. */
export interface Queue<A extends Node> {
  readonly lines: Array<Line>
  size: number
  /** Never set: says in the types who waits here. */
  readonly _A?: A
}

/** An empty queue. */
export const make = <A extends Node>(): Queue<A> => ({ lines: [], size: 0 })

const lineOf = (queue: Queue<any>, priority: number): Line => {
  if (queue.lines[0]?.priority === priority) return queue.lines[0]
  if (queue.size === 0) queue.lines.length = 0
  const index = queue.lines.findIndex((line) => line.priority <= priority)
  const found = queue.lines[index]
  if (found?.priority === priority) return found
  const line: Line = { priority, first: undefined, last: undefined }
  queue.lines.splice(index < 0 ? queue.lines.length : index, 0, line)
  return line
}

/** Joins at the end of its priority. */
export const push = <A extends Node>(queue: Queue<A>, node: A): void => {
  const line = lineOf(queue, node.priority)
  node.line = line
  node.previous = line.last
  if (line.last === undefined) line.first = node
  else line.last.next = node
  line.last = node
  queue.size++
}

/** Joins its priority before the first one that comes after it. */
export const insert = <A extends Node>(queue: Queue<A>, node: A, isAfter: (other: A, node: A) => boolean): void => {
  const line = lineOf(queue, node.priority)
  // whoever comes in order comes last
  if (line.last !== undefined && !isAfter(line.last as A, node)) return push(queue, node)
  let next = line.first
  while (next !== undefined && !isAfter(next as A, node)) next = next.next
  node.line = line
  node.next = next
  node.previous = next === undefined ? line.last : next.previous
  if (node.previous === undefined) line.first = node
  else node.previous.next = node
  if (next === undefined) line.last = node
  else next.previous = node
  queue.size++
}

/** Leaves, wherever it stands. Does nothing if it does not wait. */
export const remove = <A extends Node>(queue: Queue<A>, node: A): void => {
  const line = node.line
  if (line === undefined) return
  if (node.previous === undefined) line.first = node.next
  else node.previous.next = node.next
  if (node.next === undefined) line.last = node.previous
  else node.next.previous = node.previous
  node.line = node.previous = node.next = undefined
  queue.size--
  // the last line stays for whoever comes next, since mostly that is one of the same priority
  if (line.first === undefined && queue.size > 0) queue.lines.splice(queue.lines.indexOf(line), 1)
}

/** The first so many, in the order in which they would leave. */
export const first = <A extends Node>({ lines }: Queue<A>, count: number): Array<A> => {
  const found: Array<A> = []
  for (const line of lines) {
    for (let node = line.first; node !== undefined && found.length < count; node = node.next) found.push(node as A)
  }
  return found
}

/** Takes the first of the highest priority. */
export const shift = <A extends Node>(queue: Queue<A>): A | undefined => {
  const node = queue.lines[0]?.first as A | undefined
  if (node !== undefined) remove(queue, node)
  return node
}
