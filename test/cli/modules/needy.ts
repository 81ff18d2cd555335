/** A module that needs a service which nobody provides. */
import { Context, Effect, Layer } from "effect"

class Database extends Context.Service<Database, { readonly name: string }>()("test/Database") {}

export default Layer.effectDiscard(Effect.asVoid(Database))
