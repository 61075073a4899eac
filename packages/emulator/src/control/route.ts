import type { Emulator } from "../emulator.ts";

/** A control request, taken apart. */
export interface ControlCall {
  /** What the `:name`s of the route stand for. */
  readonly names: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly body: string;
}
/** What a route does; a value that is no answer yet becomes a 200. */
export type ControlRoute = (emulator: Emulator, call: ControlCall) => unknown;
/** Routes by method and path, such as `GET people/:person`. */
export type ControlRoutes = Readonly<Record<string, ControlRoute>>;

/** An answer with another status than 200. */
export class ControlReply {
  readonly status: number;
  readonly value: unknown;
  constructor(status: number, value: unknown) {
    this.status = status;
    this.value = value;
  }
}
