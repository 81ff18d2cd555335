/**
 * How the functions in the database are planned: once per connection, whatever the tables look like then, and a plan that is
 * good for ten rows must be so for a million.
 *
 * Hence the planner is told to use the indexes and to read in their order, and what is locked is found again by its place in
 * the table: then there is nothing to choose from, and no index to go down a second time. A sort that there is no other way
 * than counts as immensely expensive then, for which the whole would be compiled at each call: so that is off.
 */

/** What a function is made with. */
export const settings = `set enable_seqscan = off set enable_bitmapscan = off set enable_mergejoin = off
    set enable_sort = off set jit = off set plan_cache_mode = force_generic_plan`
