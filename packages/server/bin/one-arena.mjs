import { isMainThread } from "node:worker_threads";

const variable = "MALLOC_ARENA_MAX";

/**
 * Starts this process anew in its own place (same process id, same files), with one arena for all threads of the system's
 * allocator: otherwise each thread of V8 keeps one for itself, some 10 to 20 MB together. The allocator of glibc is told by a
 * variable, which it reads before the process begins. Goes on as it is where the variable is set already, whatever it says, and
 * where a process cannot be replaced: on Windows, in a thread, or as the child that a parent talks to.
 */
export function useOneArena() {
  const { argv, channel, env, execArgv, execPath, execve, platform } = process;
  if (platform !== "linux" || execve === undefined) return;
  if (env[variable] !== undefined || !isMainThread || channel !== undefined) return;
  execve(execPath, [execPath, ...execArgv, ...argv.slice(1)], { ...env, [variable]: "1" });
}
