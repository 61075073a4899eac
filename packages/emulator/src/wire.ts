/** One HTTP request as the services see it. Header names are lower-case. */
export interface WireRequest {
  readonly method: string;
  /** Path and query, as received. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: string;
}

/** One HTTP answer. */
export interface WireAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A fault closed the connection; `phase` says whether the request took effect first. */
export class ConnectionReset extends Error {
  readonly phase: "before-commit" | "after-commit";
  readonly code = "ECONNRESET";
  constructor(phase: "before-commit" | "after-commit") {
    super(`the emulator reset the connection (${phase})`);
    this.name = "ConnectionReset";
    this.phase = phase;
  }
}
