/** What a driver answers for a row, in the order of the columns. */
export type RawRow = readonly unknown[];

/** A database that is read. Statements take no values. */
export interface RowReader {
  readonly dialect: "sqlite" | "postgres";
  all<Row>(sql: string): Promise<readonly Row[]>;
  /** All rows of a query, at most `pageRows` of them in memory at once. Others get their turn between two pages. */
  pages(sql: string, pageRows: number): AsyncGenerator<readonly RawRow[]>;
}

/** A database as it stands at one instant, to be read through while others go on writing. */
export interface Snapshot extends RowReader {
  close(): Promise<void>;
}
