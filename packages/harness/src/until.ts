/**
 * Looks again and again until `look` answers something, and answers that. Throws after a minute (or `ms`), with `what` and what
 * `more` tells of the world, so that a test that waits for nothing ends and says for what.
 */
export async function until<T>(
  look: () => T | null | undefined | false | Promise<T | null | undefined | false>,
  what: string,
  { ms = 60_000, more = () => "" }: { readonly ms?: number; readonly more?: () => string } = {},
): Promise<T> {
  const signal = AbortSignal.timeout(ms);
  for (;;) {
    const found = await look();
    if (found !== null && found !== undefined && found !== false) return found;
    if (signal.aborted) throw new Error(`${what} did not happen\n${more()}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
