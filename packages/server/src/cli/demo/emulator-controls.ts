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
  /** All that it knows, as text; of old messages only that they were there. */
  exportState(): Promise<string>;
  /** Takes over what another one knew. Throws where it does not fit. */
  importState(state: string): Promise<void>;
}

const pollMs = 100;
/** Bodies of messages that are kept from one demo to the next: the emulator takes no state of more than 8 MB. */
const bodiesKept = 1000;
const patienceMs = 60_000;

/** The controls of the emulator at `url`. Calls throw where it refuses. */
export function emulatorControls(
  url: string,
  sleep: (ms: number) => Promise<void>,
): EmulatorControls {
  const send = async (method: "GET" | "POST", path: string, body?: string): Promise<unknown> => {
    const answer = await fetch(`${url}/_emulator/${path}`, {
      method,
      signal: AbortSignal.timeout(patienceMs),
      headers: { "content-type": "application/json" },
      ...(body === undefined ? {} : { body }),
    });
    if (!answer.ok)
      throw new Error(`The emulator refused ${path}: ${answer.status} ${await answer.text()}`);
    return answer.json();
  };
  const call = (method: "GET" | "POST", path: string, body?: unknown) =>
    send(method, path, body === undefined ? undefined : JSON.stringify(body));
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
      // From the end: the first one, someone@contoso.example, is whom our examples write to.
      return able.slice(-limit).map((person) => person.index);
    },
    install: (target, onProgress) => run("install", target, onProgress),
    uninstall: (target) => run("uninstall", target),
    exportState: async () => {
      // The control API answers a state of this form.
      const exported = (await call("GET", "export")) as ExportedState;
      return JSON.stringify(withoutOldBodies(exported));
    },
    async importState(state) {
      await send("POST", "import", state);
    },
  };
}

interface ExportedState {
  readonly state: {
    readonly messages: readonly { readonly at: number; readonly body: string | null }[];
  };
}

function withoutOldBodies(exported: ExportedState): ExportedState {
  const { messages } = exported.state;
  const instants = messages.map(({ at }) => at).sort((one, other) => other - one);
  const oldest = instants[bodiesKept - 1] ?? Number.NEGATIVE_INFINITY;
  const trimmed = messages.map((message) =>
    message.at < oldest ? { ...message, body: null } : message,
  );
  return { ...exported, state: { ...exported.state, messages: trimmed } };
}
