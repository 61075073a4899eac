/** What a scripted service does with one request. */
export type Step = (request: Request) => Response | Promise<Response>;

/** A `fetch` that answers from a script, one step a request, and keeps what it was asked. Runs out loudly. */
export function scriptedService(steps: readonly Step[]): {
  readonly fetch: typeof fetch;
  readonly requests: Request[];
} {
  const left = [...steps];
  const requests: Request[] = [];
  return {
    requests,
    fetch: async (input, init) => {
      const request = new Request(input, init);
      requests.push(request.clone());
      const step = left.shift();
      if (step === undefined)
        throw new Error(`the script has no step for ${request.method} ${request.url}`);
      return step(request);
    },
  };
}

/** Timing that never waits, and tells how long it should have. */
export function instantTiming(): {
  readonly waits: number[];
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  random(): number;
} {
  const waits: number[] = [];
  return {
    waits,
    // Time-outs are as long as no pause is; they end with their signal only.
    sleep: (ms, signal) => {
      if (ms >= 30_000)
        return new Promise((resolve) => {
          if (signal?.aborted) resolve();
          signal?.addEventListener("abort", () => resolve());
        });
      waits.push(ms);
      return Promise.resolve();
    },
    random: () => 0,
  };
}

/** An answer with JSON. */
export function json(value: unknown, status = 200): Step {
  return () => Response.json(value, { status });
}

/** A refusal as the service writes it. */
export function problem(status: number, code: string, detail = "It does not work."): Step {
  return () =>
    new Response(JSON.stringify({ type: `#${code}`, title: "No.", status, code, detail }), {
      status,
      headers: { "content-type": "application/problem+json" },
    });
}

/** A connection that breaks before any answer. */
export function broken(): Step {
  return () => {
    throw new TypeError("fetch failed", {
      cause: new Error("connect ECONNREFUSED 127.0.0.1:3978"),
    });
  };
}

/** What a promise rejects with. */
export function rejection(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => {
      throw new Error("it did not reject");
    },
    (error: unknown) => error,
  );
}
