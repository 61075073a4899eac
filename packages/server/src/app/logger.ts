import { destination, pino } from "pino";
import type { Log, LogEvent, LogFields } from "../domain/log.ts";
import { type LogLevel, prettyLine, safeFields } from "./log-line.ts";

export const logLevels = ["info", "warn", "error", "silent"] as const;

export interface LoggerOptions {
  /** What is written: this level and the graver ones. Default `info`. */
  readonly level?: (typeof logLevels)[number];
  /** `json`: one JSON object a line; `pretty`: one line for a person. */
  readonly format: "json" | "pretty";
  /** Colours in pretty lines. Default false. */
  readonly color?: boolean;
  /** Takes each line, with its line end. Default: standard error. */
  readonly write?: (line: string) => void;
}

/** A log, and how to make sure that what was logged is written before the process ends. */
export interface Logger {
  readonly log: Log;
  flush(): void;
}

/**
 * Writes events as lines to standard error. Holds only what {@link safeFields} lets through, so that no token, password or
 * message body can get in. Never throws: when nobody reads standard error any more, lines are dropped.
 */
export function createLogger(options: LoggerOptions): Logger {
  const stream = options.write === undefined ? standardError() : { write: options.write, flush };
  const emit =
    options.format === "json" ? jsonLines(stream, options) : prettyLines(stream, options);
  const log: Log = {
    info: (event, fields) => emit("info", event, fields ?? {}),
    warn: (event, fields) => emit("warn", event, fields ?? {}),
    error: (event, fields) => emit("error", event, fields ?? {}),
  };
  return { log, flush: stream.flush };
}

interface LineStream {
  write(line: string): void;
  flush(): void;
}
type Emit = (level: LogLevel, event: LogEvent, fields: LogFields) => void;

function jsonLines(stream: LineStream, options: LoggerOptions): Emit {
  const logger = pino(
    {
      level: options.level ?? "info",
      base: null,
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    stream,
  );
  return (level, event, fields) => logger[level]({ event, ...safeFields(fields) });
}

function prettyLines(stream: LineStream, options: LoggerOptions): Emit {
  const least = logLevels.indexOf(options.level ?? "info");
  return (level, event, fields) => {
    if (logLevels.indexOf(level) < least) return;
    const record = { at: Date.now(), level, event, fields };
    stream.write(`${prettyLine(record, options.color ?? false)}\n`);
  };
}

function standardError(): LineStream {
  const stderr = destination({ fd: 2, sync: false });
  // A closed pipe: there is nobody left to tell.
  stderr.on("error", () => {});
  return {
    write: (line) => {
      stderr.write(line);
    },
    flush: () => {
      try {
        stderr.flushSync();
      } catch {
        // The same closed pipe, or nothing was opened yet.
      }
    },
  };
}

function flush(): void {
  // A stream that was handed in is written to at once.
}
