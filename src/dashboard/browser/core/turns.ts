/**
 * What the user has asked to be done to the rows of a list. Relies on nothing; used by the lists.
 */

const nothing: ReadonlySet<never> = new Set()

/**
 * Does what is asked of one row in turn, each action once the one before it has ended: an answer may come later than the
 * change that it confirms, and what somebody asks for in between is neither lost nor sent ahead.
 *
 * @category models
 * @since 0.1.0
 */
export class Turns<Action> {
  private readonly asked = new Map<string, ReadonlySet<Action>>()
  private readonly last = new Map<string, Promise<unknown>>()
  private readonly onChange: () => void

  constructor(onChange: () => void) {
    this.onChange = onChange
  }

  /** The actions of a row that have not ended. It is the same object until they change. */
  of(id: string): ReadonlySet<Action> {
    return this.asked.get(id) ?? nothing
  }

  /** Does something to a row when it is its turn. An action that was asked for already is not done twice. */
  async take(id: string, action: Action, act: () => unknown): Promise<void> {
    if (this.of(id).has(action)) return
    this.set(id, new Set([...this.of(id), action]))
    const turn = Promise.allSettled([this.last.get(id)]).then(() => act()).finally(() => this.end(id, action))
    this.last.set(id, turn)
    await turn
  }

  private end(id: string, action: Action): void {
    const left = [...this.of(id)].filter((other) => other !== action)
    if (left.length === 0) this.last.delete(id)
    this.set(id, new Set(left))
  }

  private set(id: string, actions: ReadonlySet<Action>): void {
    if (actions.size === 0) this.asked.delete(id)
    else this.asked.set(id, actions)
    this.onChange()
  }
}
