/**
 * A function in the database that adds recurring tasks with their outcomes and instances. It is a function so that the
 * foreign key check of an outcome is planned under the settings of the function; Postgres keeps that plan for
 * everything that adds outcomes.
 */
import * as columns from "../columns.ts"
import * as deciding from "./deciding.ts"
import { fullName, madeFunction, numbered } from "./planning.ts"
import type { Names } from "./pools.ts"

/** The full name of the function. */
export const functionName = (names: Names): string => fullName(names, "add_configs")

/**
 * The function, as it is made. Of a list that is null there is nothing; `ord`, from 1, is the number of the recurring
 * task. It answers, in JSON, which of them were added: those whose ids were free.
 */
export const adding = (names: Names): string => {
  const table = (name: string) => fullName(names, name)
  return madeFunction(
    `${functionName(names)}(
      configs json, outcomes json, instances json, out written text
    )`,
    `declare
      -- of every recurring task, in the order of ord: its id, the place of its row, and how many outcomes it has had
      _recurring_ids text[];
      _homes tid[];
      _counts bigint[];
    begin
      ${add(table("configs"))}
      _counts := array_fill(0, array[cardinality(_homes)]);
      if outcomes is not null then ${deciding.insertOutcomes(table("outcomes"))} end if;
      if instances is not null then ${deciding.add(table("tasks"))} end if;
      select json_agg(home is not null) into written from unnest(_homes) as homes(home);
    end`
  )
}

const add = (configs: string): string =>
  `with
        x as materialized (select * from ${numbered("configs", columns.newConfig)}),
        added as (
          insert into ${configs} (${columns.list(columns.newConfig)}) select ${columns.list(columns.newConfig)} from x
          on conflict (recurring_id) do nothing returning recurring_id, ctid as place
        )
      select array_agg(x.recurring_id order by x.ord), array_agg(added.place order by x.ord)
      into _recurring_ids, _homes
      from x left join added on added.recurring_id = x.recurring_id;`
