import type { Config } from "../app/config.ts";
import { keepHeapSmall } from "../app/small-heap.ts";
import type { Log } from "../domain/log.ts";
import type { Given } from "./command.ts";
import { interrupted } from "./interrupt.ts";
import type { Io } from "./io.ts";
import { logLevelOf, settingFlags } from "./setting-options.ts";

/** What runs until it is told to stop. */
export interface Running {
  stop(): Promise<void>;
}

/**
 * Reads the configuration, starts what a command runs, and stops it with the first Ctrl+C or SIGTERM. Answers the exit code;
 * throws what reading and starting throw.
 */
export async function runProcess(
  given: Given,
  io: Io,
  start: (config: Config, options: { log: Log; directory: string }) => Promise<Running>,
): Promise<number> {
  const level = logLevelOf(given);
  keepHeapSmall();
  // Loaded here: other commands need none of it.
  const [{ loadConfig }, { createLogger }] = await Promise.all([
    import("../app/config.ts"),
    import("../app/logger.ts"),
  ]);
  const file = given.text("config");
  const logger = createLogger({
    level,
    format: io.err.isTerminal ? "pretty" : "json",
    color: io.err.color,
  });
  try {
    const config = await loadConfig({
      flags: settingFlags(given),
      environment: io.environment,
      directory: io.directory,
      ...(file === undefined ? {} : { file }),
    });
    const stop = interrupted(io);
    const running = await start(config, { log: logger.log, directory: io.directory });
    await stop.first;
    await running.stop();
    stop.end();
    return 0;
  } finally {
    logger.flush();
  }
}
