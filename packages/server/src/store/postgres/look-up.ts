/**
 * Joins, to each row of what stands before it, the rows that `select` finds for it. `OFFSET 0` keeps the planner from turning
 * that round, which it would do wherever it has no figures yet: a table walked from end to end, with a look into the list for each
 * of its rows. Rows to be written are then found by their place (`ctid`), which nobody changes who has not locked their campaign,
 * or directory, as we have.
 */
export function lookUp(alias: string, select: string): string {
  return `CROSS JOIN LATERAL (${select} OFFSET 0) AS ${alias}`;
}

/** The same, keeping rows for which nothing is found. */
export function lookUpIfAny(alias: string, select: string): string {
  return `LEFT JOIN LATERAL (${select} OFFSET 0) AS ${alias} ON true`;
}
