import type { Emulator } from "./emulator.ts";

const bodiless = new Set([204, 205, 304]);

/** The web-standard face of `exchange`. */
export async function webFetch(
  emulator: Emulator,
  input: Request | string | URL,
  init?: RequestInit,
): Promise<Response> {
  const request = input instanceof Request && init === undefined ? input : new Request(input, init);
  request.signal.throwIfAborted();
  const url = new URL(request.url);
  const answered = emulator.exchange({
    method: request.method,
    target: url.pathname + url.search,
    headers: { host: url.host, ...Object.fromEntries(request.headers) },
    body: request.body === null ? "" : await request.text(),
  });
  const answer = await untilAborted(answered, request.signal);
  return new Response(bodiless.has(answer.status) ? null : answer.body, {
    status: answer.status,
    headers: { ...answer.headers },
  });
}

/** The client may stop waiting; what was asked for happens all the same. */
async function untilAborted<T>(answered: Promise<T>, signal: AbortSignal): Promise<T> {
  let stop = (): void => {};
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason);
    signal.addEventListener("abort", stop, { once: true });
  });
  try {
    return await Promise.race([answered, aborted]);
  } finally {
    signal.removeEventListener("abort", stop);
    // Nobody waits for the loser of the race any more.
    answered.catch(() => {});
  }
}
