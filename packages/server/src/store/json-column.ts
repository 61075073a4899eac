/** The value of a JSON column, which this layer wrote. */
export function jsonOf<T>(text: string | null): T | null {
  return text === null ? null : (JSON.parse(text) as T);
}

/** The text of a JSON column. */
export function jsonOrNull(value: object | null): string | null {
  return value === null ? null : JSON.stringify(value);
}
