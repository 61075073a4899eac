// Two processes of a benchmark that talk: one starts the other and asks it for things.
import { fork } from "node:child_process";

/** Starts a script of this folder's parent in a process of its own, and waits until it says that it is ready. */
export async function startChild(file, options = {}, { execArgv = [], env = {} } = {}) {
  const child = fork(new URL(`../${file}`, import.meta.url), [JSON.stringify(options)], {
    execArgv,
    env: { ...process.env, ...env },
  });
  const waiting = new Map();
  let count = 0;
  const ready = await new Promise((resolve, reject) => {
    child.once("exit", (code) => reject(new Error(`${file} ended with ${code}`)));
    child.on("message", (message) => {
      if (message.ready !== undefined) resolve(message.ready);
      else settle(message);
    });
  });
  child.removeAllListeners("exit");
  const gone = new Promise((resolve) => child.once("exit", resolve));

  function settle({ id, answer, error }) {
    const { resolve, reject } = waiting.get(id) ?? {};
    waiting.delete(id);
    if (error === undefined) resolve?.(answer);
    else reject?.(new Error(`${file}: ${error}`));
  }

  return {
    ready,
    pid: child.pid,
    /** Asks for something by name, and answers what came back. */
    ask(what, argument) {
      count += 1;
      const id = count;
      return new Promise((resolve, reject) => {
        waiting.set(id, { resolve, reject });
        child.send({ id, what, argument });
      });
    },
    async stop() {
      if (child.connected) child.disconnect();
      await gone;
    },
  };
}

/** The other side: the options that the process was started with. */
export const childOptions = () => JSON.parse(process.argv[2] ?? "{}");

/** Says that this process is ready, and answers what it is asked from then on. Ends when its parent does. */
export function answerParent(does, ready = true) {
  process.on("message", async ({ id, what, argument }) => {
    try {
      process.send?.({ id, answer: await does[what](argument) });
    } catch (error) {
      process.send?.({ id, error: error instanceof Error ? error.stack : String(error) });
    }
  });
  process.on("disconnect", () => process.exit());
  process.send?.({ ready });
}
