/** Whether the URL names a PostgreSQL database. */
export function isPostgresUrl(url: string): boolean {
  return /^postgres(?:ql)?:/i.test(url);
}

/**
 * A URL as logs and errors may show it: without whatever could be a password, whether that was written as one should be or not,
 * and not longer than a line.
 */
export function shownUrl(url: string): string {
  return url
    .replace(/^([a-z][a-z0-9+.-]*:\/*).*@/is, "$1…@")
    .replace(/(password=)[^&]*/gi, "$1…")
    .slice(0, 100);
}
