/** Hashes of API keys; a key itself is never stored. */
export interface KeyStore {
  addKey(key: {
    readonly id: string;
    readonly sha256: string;
    readonly name: string;
    readonly createdAt: number;
  }): Promise<void>;
  findKey(sha256: string): Promise<{ readonly id: string; readonly name: string } | null>;
  countKeys(): Promise<number>;
}
