import { hash } from "node:crypto";

/** A value of a row, the same whatever database it is from. */
export type Cell = string | number | boolean | null;

/** How many rows a table has, and a hash of their values. */
export interface TableHash {
  readonly rows: number;
  /** 64 hexadecimal digits. */
  readonly hash: string;
}

/**
 * Hashes a table row by row: the sum of the SHA-256 of each row's values as a JSON array (in UTF-8), modulo 2^256. A sum does not
 * depend on the order in which rows come, and so on nothing that two databases may do differently.
 */
export class TableHasher {
  #rows = 0;
  #sum = 0n;

  add(row: readonly Cell[]): void {
    this.#rows += 1;
    this.#sum = BigInt.asUintN(256, this.#sum + BigInt(`0x${hash("sha256", JSON.stringify(row))}`));
  }

  get value(): TableHash {
    return { rows: this.#rows, hash: this.#sum.toString(16).padStart(64, "0") };
  }
}
