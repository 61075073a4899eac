import type { LogEvent, LogFields } from "../domain/log.ts";

export type LogLevel = "info" | "warn" | "error";

/** One event on its way to where logs go. `at` is epoch ms. */
export interface LogRecord {
  readonly at: number;
  readonly level: LogLevel;
  readonly event: LogEvent;
  readonly fields: LogFields;
}

const valueCharsMax = 500;
const secretName = /secret|token|password|authorization|cookie|apikey|api_key/i;
const secretText =
  /\bBearer\s+[^\s"',;]+|\beyJ[\w-]{8,}(?:\.[\w-]*)*|(?<=\/\/)[^\s/@"]+@|\b(?:client_secret|client_assertion|access_token)=[^\s&"']+/gi;

/**
 * The fields that may be written: plain values only, text cut to 500 characters, without control characters, tokens and
 * passwords. A field whose name speaks of a secret is written as `[hidden]`, whatever it holds.
 */
export function safeFields(
  fields: LogFields,
): Readonly<Record<string, string | number | boolean | null>> {
  const safe: Record<string, string | number | boolean | null> = {};
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined) continue;
    if (secretName.test(name)) safe[name] = "[hidden]";
    else if (typeof value === "string") safe[name] = safeText(value);
    // Fields are typed as plain values; what slips through a cast is left out rather than spread into the log.
    else if (value === null || typeof value === "number" || typeof value === "boolean")
      safe[name] = value;
  }
  return safe;
}

/** One line for a person: time of day, level, event, and the fields; in colours where `color` is true. */
export function prettyLine(record: LogRecord, color: boolean): string {
  const paint = (code: number, text: string) => (color ? `\u001b[${code}m${text}\u001b[0m` : text);
  const time = new Date(record.at).toTimeString().slice(0, 8);
  const fields = Object.entries(safeFields(record.fields)).map(
    ([name, value]) => `${paint(2, `${name}=`)}${shown(value)}`,
  );
  const level = paint(levelColors[record.level], record.level.padEnd(5));
  return [paint(2, time), level, record.event, ...fields].join(" ");
}

const levelColors: Readonly<Record<LogLevel, number>> = { info: 36, warn: 33, error: 31 };

function shown(value: string | number | boolean | null): string {
  if (typeof value !== "string") return String(value);
  return value === "" || /[\s="]/.test(value) ? JSON.stringify(value) : value;
}

function safeText(text: string): string {
  const plain = text
    .replace(secretText, "[hidden]")
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this removes
    .replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, " ");
  return plain.length > valueCharsMax ? `${plain.slice(0, valueCharsMax - 1)}…` : plain;
}
