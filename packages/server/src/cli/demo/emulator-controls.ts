/** How far an install (or its opposite) has come. */
export interface InstallJob {
  readonly id: string;
  readonly state: "running" | "finished";
  readonly total: number;
  readonly done: number;
  readonly failed: number;
  readonly failures: readonly string[];
}

/** Whom an install is for: everyone whose lot it is to have the app, people by their places in the tenant, or a team by its. */
export type InstallTarget = "all" | readonly number[] | { readonly team: number };

/** The parts of the emulator's control API that the demo turns. */
export interface EmulatorControls {
  setBotEndpoint(url: string): Promise<void>;
  /** People who have the app and did not block the bot, by their places in the tenant. */
  reachable(limit: number): Promise<readonly number[]>;
  /** Begins, and shows how far it is until it is done. Throws where the bot refused an activity. */
  install(target: InstallTarget, onProgress?: (job: InstallJob) => void): Promise<InstallJob>;
  uninstall(target: InstallTarget): Promise<InstallJob>;
}

const pollMs = 100;
const patienceMs = 60_000;

/** The controls of the emulator at `url`. Calls throw where it refuses. */
export function emulatorControls(
  url: string,
  sleep: (ms: number) => Promise<void>,
): EmulatorControls {
  const call = async (method: "GET" | "POST", path: string, body?: unknown): Promise<unknown> => {
    const answer = await fetch(`${url}/_emulator/${path}`, {
      method,
      signal: AbortSignal.timeout(patienceMs),
      headers: { "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!answer.ok)
      throw new Error(`The emulator refused ${path}: ${answer.status} ${await answer.text()}`);
    return answer.json();
  };
  const run = async (
    path: "install" | "uninstall",
    who: InstallTarget,
    onProgress: (job: InstallJob) => void = () => {},
  ) => {
    // The control API answers jobs of this form.
    let job = (await call("POST", path, { who })) as InstallJob;
    while (job.state === "running") {
      onProgress(job);
      await sleep(pollMs);
      job = (await call("GET", `installs/${job.id}`)) as InstallJob;
    }
    if (job.failed > 0)
      throw new Error(
        `The service refused ${job.failed} of the emulator's activities: ${job.failures.join("; ")}`,
      );
    return job;
  };
  return {
    async setBotEndpoint(endpoint) {
      await call("POST", "bot-endpoint", { url: endpoint });
    },
    async reachable(limit) {
      // The control API answers people of this form.
      const { items } = (await call("GET", "people?limit=1000")) as {
        readonly items: readonly {
          readonly index: number;
          readonly installed: boolean;
          readonly blocked: boolean;
        }[];
      };
      const able = items.filter((person) => person.installed && !person.blocked);
      return able.slice(0, limit).map((person) => person.index);
    },
    install: (target, onProgress) => run("install", target, onProgress),
    uninstall: (target) => run("uninstall", target),
  };
}
