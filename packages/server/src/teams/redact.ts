const bearer = /\bBearer\s+[^\s"',;]+/gi;
const jwt = /\beyJ[\w-]{8,}(?:\.[\w-]*){1,4}/g;
const secretField = /\b(client_secret|client_assertion|access_token)=[^\s&"']+/gi;

/**
 * A one-line excerpt of a foreign text, safe to store and to show: without control characters, tokens and secrets,
 * at most `charsMax` UTF-16 code units. Null when nothing is left.
 */
export function excerpt(
  text: string,
  charsMax: number,
  secrets: readonly string[] = [],
): string | null {
  // Cut generously first: what is far beyond the excerpt is not worth the work. Tokens can be several thousand characters long.
  let safe = text.slice(0, charsMax + 20_000);
  for (const secret of secrets) {
    if (secret !== "") safe = safe.replaceAll(secret, "[secret]");
  }
  safe = safe
    .replace(bearer, "Bearer [token]")
    .replace(jwt, "[token]")
    .replace(secretField, "$1=[secret]")
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this removes
    .replace(/[\u0000-\u0020\u007f-\u00a0\u2028\u2029]+/g, " ")
    .trim();
  if (safe === "") return null;
  return wellFormed(safe.length > charsMax ? `${safe.slice(0, charsMax - 1)}…` : safe);
}

/** Replaces halves of surrogate pairs, which a database or a JSON reader may refuse. */
export function wellFormed(text: string): string {
  return text.replace(
    /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g,
    "\ufffd",
  );
}
