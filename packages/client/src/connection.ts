import { startDeadline } from "./deadline.ts";
import { CarillonError, CarillonUnreachableError, type Problem } from "./errors.ts";
import { backoffMs, type Timing } from "./timing.ts";

/** How to reach one service. */
export interface Connection {
  /** Without a slash at its end. */
  readonly url: string;
  readonly apiKey: string;
  readonly fetch: typeof fetch;
  /** The longest wait for an answer, ms. */
  readonly timeoutMs: number;
  readonly timing: Timing;
}

/** Options of every call. */
export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
}

/** One request of the API. */
export interface Call extends CallOptions {
  readonly method: "GET" | "POST";
  /** Its segments are encoded by {@link pathOf}. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Whether a second request does no more than the first, so that it may be made again when no answer came. */
  readonly repeatable: boolean;
}

/** The answer's JSON. Throws `CarillonError` for a refusal, `CarillonUnreachableError`, or the signal's reason. */
export async function callJson<T>(connection: Connection, call: Call): Promise<T> {
  for (let tries = 0; ; tries += 1) {
    try {
      return await once(connection, call, async (response) => {
        const value = parsed(await response.text());
        if (value === undefined) throw strangeAnswer(connection, response);
        // The contract says what each route answers; a test holds these types to it.
        return value as T;
      });
    } catch (error) {
      if (tries >= retriesMax || !mayRepeat(error, call)) throw error;
      await pause(connection, tries, call.signal);
    }
  }
}

/** An answer whose body is still open, and must be read to its end or released. */
export interface OpenAnswer {
  readonly response: Response;
  release(): void;
}

/** Like {@link callJson}, for answers that are streamed: the time-out ends with the headers, the signal counts to the end. */
export async function callStream(connection: Connection, call: Call): Promise<OpenAnswer> {
  const deadline = startDeadline(connection.timeoutMs, connection.timing, call.signal);
  try {
    const response = await send(connection, call, deadline.signal);
    deadline.stopTime();
    return { response, release: () => deadline.release() };
  } catch (error) {
    deadline.release();
    throw asOurs(error, connection, call, deadline.expired());
  }
}

/** A path of encoded segments below `/v1`. */
export function pathOf(...segments: readonly string[]): string {
  return `/v1/${segments.map(encodeURIComponent).join("/")}`;
}

const retriesMax = 2;
const retryBounds = { firstMs: 200, mostMs: 2000 };

async function once<T>(
  connection: Connection,
  call: Call,
  read: (response: Response) => Promise<T>,
): Promise<T> {
  const deadline = startDeadline(connection.timeoutMs, connection.timing, call.signal);
  try {
    return await read(await send(connection, call, deadline.signal));
  } catch (error) {
    throw asOurs(error, connection, call, deadline.expired());
  } finally {
    deadline.release();
  }
}

async function send(connection: Connection, call: Call, signal: AbortSignal): Promise<Response> {
  signal.throwIfAborted();
  const headers: Record<string, string> = {
    authorization: `Bearer ${connection.apiKey}`,
    ...call.headers,
  };
  if (call.body !== undefined) headers["content-type"] = "application/json";
  const response = await connection.fetch(addressOf(connection, call), {
    method: call.method,
    headers,
    signal,
    // The service never redirects, and a key goes nowhere but to the address it was given for.
    redirect: "error",
    ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
  });
  if (response.ok) return response;
  throw await refusal(connection, response);
}

function addressOf(connection: Connection, call: Call): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(call.query ?? {})) {
    if (value !== undefined) query.set(name, String(value));
  }
  const search = query.toString();
  return `${connection.url}${call.path}${search === "" ? "" : `?${search}`}`;
}

async function refusal(connection: Connection, response: Response): Promise<Error> {
  const value = parsed(await response.text());
  return isProblem(value) ? new CarillonError(value) : strangeAnswer(connection, response);
}

function strangeAnswer({ url }: Connection, { status, headers }: Response): Error {
  const type = headers.get("content-type") ?? "no content type";
  return new CarillonUnreachableError(url, {
    status,
    detail: `What answers at ${url} is not a Carillon service: status ${status}, ${type}.`,
  });
}

/** The JSON of an answer, or undefined where it is none: some other program's answer, which the caller names. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isProblem(value: unknown): value is Problem {
  if (typeof value !== "object" || value === null) return false;
  // Any object may be read by key; each member is checked here.
  const { code, status, detail } = value as Readonly<Record<string, unknown>>;
  return typeof code === "string" && typeof status === "number" && typeof detail === "string";
}

/** Our own errors and the caller's abort as they are; what the platform throws for a broken connection as unreachable. */
function asOurs(error: unknown, connection: Connection, call: Call, expired: boolean): unknown {
  if (error instanceof CarillonError || error instanceof CarillonUnreachableError) return error;
  if (call.signal?.aborted) return call.signal.reason;
  const { url, timeoutMs } = connection;
  const what = expired
    ? `The Carillon service at ${url} did not answer within ${timeoutMs / 1000} s.`
    : `No Carillon service answers at ${url}: ${causeText(error)}.`;
  return new CarillonUnreachableError(url, { detail: what, cause: error });
}

/** The innermost cause's words: the platform hides "connection refused" below "fetch failed". */
function causeText(error: unknown): string {
  let at = error;
  for (let depth = 0; depth < 5 && at instanceof Error && at.cause instanceof Error; depth += 1)
    at = at.cause;
  if (!(at instanceof Error)) return String(at);
  return (at.message || at.name).replace(/\.$/, "");
}

function mayRepeat(error: unknown, call: Call): boolean {
  return (
    call.repeatable &&
    error instanceof CarillonUnreachableError &&
    error.status === null &&
    !call.signal?.aborted
  );
}

async function pause(connection: Connection, tries: number, signal?: AbortSignal): Promise<void> {
  await connection.timing.sleep(backoffMs(tries, retryBounds, connection.timing), signal);
  signal?.throwIfAborted();
}
