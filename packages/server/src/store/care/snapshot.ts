/** A database as it stands at one instant, to be read through while others go on writing. Statements take no values. */
export interface Snapshot {
  readonly dialect: "sqlite" | "postgres";
  all<Row>(sql: string): Promise<readonly Row[]>;
  close(): Promise<void>;
}
