import { Effect } from "effect"
import * as databases from "./databases.ts"
import * as rounds from "./rounds.ts"
import { suite } from "./suite.ts"

suite("SQLite", Effect.map(rounds.folder, databases.sqlite))
