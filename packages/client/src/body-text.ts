/**
 * The text of an open body, chunk by chunk as it comes. Throws what the platform throws for a broken connection, and what
 * `idle` resolves to when it resolves before the next chunk. Cancels the body when the caller stops early.
 */
export async function* bodyText(
  response: Response,
  idle?: (signal: AbortSignal) => Promise<Error>,
): AsyncGenerator<string, void, undefined> {
  const reader = response.body?.getReader();
  if (reader === undefined) return;
  const decoder = new TextDecoder();
  try {
    for (;;) {
      const { done, value } = await next(reader, idle);
      const text = decoder.decode(value, { stream: !done });
      if (text !== "") yield text;
      if (done) return;
    }
  } finally {
    // A body that has ended or broken has nothing left to cancel.
    await reader.cancel().catch(() => {});
  }
}

type Chunk = ReadableStreamReadResult<Uint8Array<ArrayBuffer>>;

async function next(
  reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>,
  idle?: (signal: AbortSignal) => Promise<Error>,
): Promise<Chunk> {
  if (idle === undefined) return reader.read();
  const waiting = new AbortController();
  try {
    const first = await Promise.race([reader.read(), idle(waiting.signal)]);
    if (first instanceof Error) throw first;
    return first;
  } finally {
    waiting.abort();
  }
}
