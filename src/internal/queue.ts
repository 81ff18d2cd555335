/**
 * A priority queue: higher priority first, first come first served within a priority, and removal from anywhere in
 * constant time.
 */

/** What can wait: a node knows its neighbours. */
export interface Node {
  readonly priority: number
  previous: Node | undefined
  next: Node | undefined
  line: Line | undefined
}

/** All nodes that wait with one priority. */
interface Line {
  readonly priority: number
  first: Node | undefined
  last: Node | undefined
  /** The last one that was inserted. Of many that are inserted, each mostly goes behind the one before it. */
  inserted: Node | undefined
}

/** The lines, in descending order of priority. */
export interface Queue<A extends Node> {
  readonly lines: Array<Line>
  size: number
  /** Never set: tells the compiler what waits here. */
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
  const line: Line = { priority, first: undefined, last: undefined, inserted: undefined }
  queue.lines.splice(index < 0 ? queue.lines.length : index, 0, line)
  return line
}

/** Adds a node at the end of its priority. */
export const push = <A extends Node>(queue: Queue<A>, node: A): void => {
  const line = lineOf(queue, node.priority)
  node.line = line
  node.previous = line.last
  if (line.last === undefined) line.first = node
  else line.last.next = node
  line.last = node
  queue.size++
}

/** Adds a node to its priority, in front of the first one that comes after it. */
export const insert = <A extends Node>(queue: Queue<A>, node: A, isAfter: (other: A, node: A) => boolean): void => {
  const line = lineOf(queue, node.priority)
  // a node that comes in order goes last
  if (line.last !== undefined && !isAfter(line.last as A, node)) return push(queue, node)
  const { inserted } = line
  let next = inserted === undefined || isAfter(inserted as A, node) ? line.first : inserted.next
  while (next !== undefined && !isAfter(next as A, node)) next = next.next
  node.line = line
  node.next = next
  node.previous = next === undefined ? line.last : next.previous
  if (node.previous === undefined) line.first = node
  else node.previous.next = node
  if (next === undefined) line.last = node
  else next.previous = node
  line.inserted = node
  queue.size++
}

/** Removes a node, wherever it is. Does nothing if it does not wait. */
export const remove = <A extends Node>(queue: Queue<A>, node: A): void => {
  const line = node.line
  if (line === undefined) return
  if (node.previous === undefined) line.first = node.next
  else node.previous.next = node.next
  if (node.next === undefined) line.last = node.previous
  else node.next.previous = node.previous
  if (line.inserted === node) line.inserted = node.previous
  node.line = node.previous = node.next = undefined
  queue.size--
  // the last line is kept: the next node mostly has the same priority
  if (line.first === undefined && queue.size > 0) queue.lines.splice(queue.lines.indexOf(line), 1)
}

/** The first `count` nodes, in the order in which they would leave. */
export const first = <A extends Node>({ lines }: Queue<A>, count: number): Array<A> => {
  const found: Array<A> = []
  for (const line of lines) {
    for (let node = line.first; node !== undefined && found.length < count; node = node.next) found.push(node as A)
  }
  return found
}

/** Removes the first node of the highest priority and returns it. */
export const shift = <A extends Node>(queue: Queue<A>): A | undefined => {
  const node = queue.lines[0]?.first as A | undefined
  if (node !== undefined) remove(queue, node)
  return node
}
