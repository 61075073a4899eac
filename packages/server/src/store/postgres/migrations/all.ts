import { first } from "./001-first.ts";
import { decisions } from "./002-decisions.ts";
import { changes } from "./003-changes.ts";
import { processes } from "./004-processes.ts";
import { retention } from "./005-retention.ts";
import { slots } from "./006-slots.ts";
import { order } from "./007-order.ts";
import { said } from "./008-said.ts";
import { uncertain } from "./009-uncertain.ts";

/** Every migration in order; the schema's version is the number of those that were applied. */
export const migrations: readonly string[] = [
  first,
  decisions,
  changes,
  processes,
  retention,
  slots,
  order,
  said,
  uncertain,
];
