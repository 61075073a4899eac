/** A request's body as text, or why there is none. */
export type ReadBody =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly reason: "too-large" | "unreadable" };

/** Reads at most `bytesMax` bytes of UTF-8; stops as soon as it is clear that there are more. Never rejects. */
export async function readBody(request: Request, bytesMax: number): Promise<ReadBody> {
  const header = request.headers.get("content-length");
  const announced = header === null ? null : Number(header);
  if (announced !== null && announced > bytesMax) return tooLarge;
  try {
    // What the header announces is what the HTTP layer lets through, and reading it whole is several times faster.
    if (announced !== null && announced >= 0) return within(await request.text(), bytesMax);
    return await readChunks(request, bytesMax);
  } catch {
    return { ok: false, reason: "unreadable" }; // the sender went away, or sent something else than it said
  }
}

const tooLarge: ReadBody = { ok: false, reason: "too-large" };

function within(text: string, bytesMax: number): ReadBody {
  return text.length > bytesMax || Buffer.byteLength(text) > bytesMax
    ? tooLarge
    : { ok: true, text };
}

async function readChunks(request: Request, bytesMax: number): Promise<ReadBody> {
  const reader = request.body?.getReader();
  if (reader === undefined) return { ok: true, text: "" };
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return { ok: true, text: new TextDecoder().decode(Buffer.concat(chunks)) };
    bytes += value.byteLength;
    if (bytes > bytesMax) {
      await reader.cancel();
      return tooLarge;
    }
    chunks.push(value);
  }
}
