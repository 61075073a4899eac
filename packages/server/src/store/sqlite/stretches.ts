/** A list that is walked a stretch at a time, because no index holds just the rows in question. */
export interface Walk<Row> {
  /** The key after which it begins. */
  readonly after: string;
  /** How many rows are wanted. */
  readonly limit: number;
  /** The key at the end of the stretch that begins after this one; null where the list ends in it. */
  readonly stretchEnd: (after: string) => string | null;
  /** The rows in question of one stretch, in order, as many as `limit` at most. */
  readonly rowsIn: (
    stretch: { readonly after: string; readonly end: string },
    limit: number,
  ) => readonly Row[];
  /** Lets other work go first, between two stretches. */
  readonly pause: () => Promise<void>;
}

/** The first rows of a walk. However few of them there are, other work waits for one stretch at most. */
export async function walkStretches<Row>(walk: Walk<Row>): Promise<readonly Row[]> {
  const rows: Row[] = [];
  let { after } = walk;
  for (;;) {
    const end = walk.stretchEnd(after);
    rows.push(...walk.rowsIn({ after, end: end ?? endOfKeys }, walk.limit - rows.length));
    if (end === null || rows.length >= walk.limit) return rows;
    await walk.pause();
    after = end;
  }
}

/** How many rows a stretch has: some milliseconds of work. */
export const stretchRows = 5_000;

/** After every key in the order of code points. */
const endOfKeys = "\u{10FFFF}";
