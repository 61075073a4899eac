import assert from "node:assert/strict";
import { test } from "node:test";
import { overlay } from "../../../harness/src/overlay.ts";
import { VirtualClock } from "../../../harness/src/virtual-clock.ts";
import { StoreError } from "../../src/domain/errors.ts";
import { botId, workerId } from "../../src/domain/ids.ts";
import type { LogEvent } from "../../src/domain/log.ts";
import { type JobEnd, JobRunner, type JobWork, jobLeaseMs } from "../../src/engine/job-runner.ts";
import type { JobKind, JobNote, Jobs } from "../../src/engine/ports/jobs.ts";
import { steadyClock } from "../../src/engine/steady-clock.ts";
import { openSqliteStore } from "../../src/store/sqlite/open.ts";

const bot = botId("bot");
const done: JobEnd = { end: "done" };
const note: JobNote = { code: "TEAMS_UNAVAILABLE", detail: "It is away.", since: 5 };

/** The jobs of one database in virtual time, and processes that run them. */
function world() {
  const clock = new VirtualClock();
  const store = openSqliteStore(":memory:", { schedule: queueMicrotask });
  const logged: LogEvent[] = [];
  const notes: (string | null)[] = [];
  const log = {
    info: (event: LogEvent) => void logged.push(event),
    warn: (event: LogEvent) => void logged.push(event),
    error: (event: LogEvent) => void logged.push(event),
  };
  const add = (key: string, { kind = "expand" as JobKind, hurry = false } = {}) =>
    store.jobs.add({ botId: bot, kind, key, dueAt: clock.now(), hurry }, clock.now());
  const runner = (
    worker: string,
    work: JobWork,
    more: { readonly atOnce?: number; readonly jobs?: Jobs; readonly ended?: string[] } = {},
  ) => {
    const { atOnce = 2, jobs = store.jobs, ended = [] } = more;
    const kind = { work, atOnce };
    const made = new JobRunner({
      clock: steadyClock(clock),
      rng: () => 0.5,
      jobs,
      log,
      processes: { own: "", hasEnded: (other) => ended.includes(other) },
      worker: workerId(worker),
      botId: bot,
      kinds: {
        expand: kind,
        cancel: kind,
        expire: kind,
        recall: kind,
        retry: kind,
        forget: kind,
        roster: kind,
      },
      onNote: (_, told) => void notes.push(told === null ? null : told.code),
    });
    made.start();
    return made;
  };
  const find = (key: string) => store.jobs.find({ botId: bot, kind: "expand", key });
  return { clock, store, logged, notes, add, runner, find };
}

/** Awaits something that needs virtual time to pass. */
async function within(clock: VirtualClock, promise: Promise<unknown>): Promise<void> {
  let isDone = false;
  void promise.then(() => {
    isDone = true;
  });
  assert.ok(await clock.runUntil(() => isDone, 60_000));
}

test("a job that is added is done within half a second, or at once where the runner is woken", async () => {
  const { clock, add, runner, find } = world();
  const ran: string[] = [];
  const one = runner("w1", async ({ key }) => {
    ran.push(key);
    return done;
  });
  await clock.runFor(1_100);
  await add("a");
  await clock.runFor(500);
  assert.deepEqual(ran, ["a"]);
  await add("b");
  one.wake();
  await clock.runFor(1);
  assert.deepEqual([ran, await find("b")], [["a", "b"], null]);
  await within(clock, one.stop());
});

test("two processes never work on the same job at once, and share what there is", async () => {
  const { clock, add, runner } = world();
  const running = new Set<string>();
  const ran = new Map<string, string>();
  const work = (worker: string): JobWork => {
    return async ({ key }) => {
      assert.ok(!running.has(key), `${key} runs already`);
      running.add(key);
      await clock.sleep(2_000);
      running.delete(key);
      ran.set(key, worker);
      return done;
    };
  };
  for (let n = 0; n < 12; n += 1) await add(`job ${n}`);
  const both = ["w1", "w2"].map((worker) => runner(worker, work(worker)));
  await clock.runFor(2_100);
  assert.equal(ran.size, 4, "two at once in each");
  await clock.runFor(5_000);
  assert.equal(ran.size, 12);
  assert.deepEqual([...new Set(ran.values())].sort(), ["w1", "w2"]);
  await within(clock, Promise.all(both.map((one) => one.stop())));
});

test("long work keeps its job by renewing the lease, for as long as it gives signs of life", async () => {
  const { clock, add, runner } = world();
  const begun: string[] = [];
  let isHanging = false;
  const work = (worker: string): JobWork => {
    return async (_, isClosing) => {
      begun.push(worker);
      while (!isClosing()) await clock.sleep(isHanging ? 1_500_000 : 1_000);
      return { end: "stopped" };
    };
  };
  await add("a");
  const first = runner("w1", work("w1"));
  await clock.runFor(100);
  const second = runner("w2", work("w2"));
  await clock.runFor(20 * jobLeaseMs);
  assert.deepEqual(begun, ["w1"]);
  isHanging = true;
  await clock.runFor(700_000);
  assert.equal(begun.length, 2, "it is taken up by somebody who does not hang");
  isHanging = false;
  await clock.runFor(1_600_000);
  await within(clock, Promise.all([first.stop(), second.stop()]));
});

test("a job whose process dies is taken up by another after its lease, or at once where the death is seen", async () => {
  for (const ended of [[], ["w1"]]) {
    const { clock, store, add, runner } = world();
    let isDead = false;
    const never = new Promise<never>(() => {});
    const mortal = new Proxy(store.jobs, {
      get: (jobs, name: keyof Jobs) => (isDead ? () => never : jobs[name]),
    });
    const attempts: number[] = [];
    await add("a");
    runner("w1", () => never, { jobs: mortal });
    await clock.runFor(100);
    isDead = true;
    const next = runner(
      "w2",
      async ({ attempt }) => {
        attempts.push(attempt);
        return done;
      },
      { ended },
    );
    await clock.runFor(600);
    assert.deepEqual(attempts, ended.length === 0 ? [] : [2]);
    await clock.runFor(jobLeaseMs);
    assert.deepEqual(attempts, [2]);
    await within(clock, next.stop());
  }
});

test("a stop gives back what is not done, and another process goes on at once", async () => {
  const { clock, add, runner, find } = world();
  await add("a");
  const first = runner("w1", async (_, isClosing) => {
    while (!isClosing()) await clock.sleep(100);
    return { end: "stopped" };
  });
  await clock.runFor(1_000);
  await within(clock, first.stop());
  assert.deepEqual(await find("a"), {
    isRunning: false,
    dueAt: clock.now(),
    attempt: 0,
    note: null,
  });
  let attempt = 0;
  const second = runner("w2", async (job) => {
    attempt = job.attempt;
    return done;
  });
  await clock.runFor(100);
  assert.equal(attempt, 1);
  await within(clock, second.stop());
});

test("a job that fails is tried again with growing waits, given up after ten, and tried anew when hurried", async () => {
  const { clock, add, runner, find, logged, notes } = world();
  const at: number[] = [];
  let isFixed = false;
  const one = runner("w1", async () => {
    at.push(clock.now());
    return isFixed ? done : { end: "failed", note };
  });
  await add("a");
  await clock.runFor(30 * 60_000);
  assert.equal(at.length, 10);
  const waits = at.slice(1).map((when, index) => when - (at[index] ?? 0));
  for (const [index, wait] of waits.entries())
    assert.ok(wait >= 1_000 && wait < 302_000 && wait >= (waits[index - 1] ?? 0), String(waits));
  assert.equal((await find("a"))?.note?.code, "JOB_GIVEN_UP");
  assert.equal(logged.filter((event) => event === "job.failed").length, 10);
  isFixed = true;
  assert.equal(await add("a"), "known");
  await clock.runFor(60_000);
  assert.equal(at.length, 10);
  await add("a", { hurry: true });
  await clock.runFor(1_000);
  assert.deepEqual([at.length, await find("a")], [11, null]);
  assert.deepEqual(notes.slice(-2), ["JOB_GIVEN_UP", null]);
  await within(clock, one.stop());
});

test("a job that kills each process that takes it is given up, too", async () => {
  const { clock, store, add, runner, find } = world();
  await add("a");
  const ended: string[] = [];
  let begun = 0;
  for (let life = 1; life <= 14; life += 1) {
    let isDead = false;
    const never = new Promise<never>(() => {});
    const jobs = new Proxy(store.jobs, {
      get: (real, name: keyof Jobs) => (isDead ? () => never : real[name]),
    });
    const deadly: JobWork = () => {
      begun += 1;
      isDead = true;
      return never;
    };
    runner(`w${life}`, deadly, { jobs, ended });
    await clock.runFor(1_000);
    ended.push(`w${life}`);
  }
  assert.equal(begun, 10);
  const left = await find("a");
  assert.equal(left?.note?.code, "JOB_GIVEN_UP");
  assert.match(left?.note?.detail ?? "", /begun 10 times/);
});

test("a job that waits for something is due when it said, and its attempts begin anew", async () => {
  const { clock, add, runner, find, notes } = world();
  const attempts: number[] = [];
  const one = runner("w1", async ({ attempt }) => {
    attempts.push(attempt);
    return attempts.length < 30 ? { end: "again", dueAt: clock.now() + 60_000, note } : done;
  });
  await add("a");
  await clock.runFor(61_000);
  assert.deepEqual(await find("a"), {
    isRunning: false,
    dueAt: clock.now() + 60_000 - 1_000 + 500,
    attempt: 0,
    note,
  });
  await clock.runFor(60 * 60_000);
  assert.equal(attempts.length, 30);
  assert.ok(attempts.every((attempt) => attempt === 1));
  assert.deepEqual([notes.at(0), notes.at(-1)], ["TEAMS_UNAVAILABLE", null]);
  await within(clock, one.stop());
});

test("a store that fails costs a job neither its attempts nor much time", async () => {
  const { clock, store, add, runner, find } = world();
  let isFull = true;
  const full = () => Promise.reject(new StoreError("STORE_FULL", { detail: "no room" }));
  let ran = 0;
  const jobs = overlay<Jobs>(store.jobs, {
    done: (...args) => (isFull ? full() : store.jobs.done(...args)),
  });
  const one = runner(
    "w1",
    async () => {
      ran += 1;
      if (ran < 40) return full();
      return done;
    },
    { jobs },
  );
  await add("a");
  await clock.runFor(40 * 10_500);
  assert.equal(ran, 40, "tried every ten seconds at the least");
  assert.equal((await find("a"))?.isRunning, true, "its end cannot be written");
  isFull = false;
  await clock.runFor(1_000);
  assert.deepEqual([ran, await find("a")], [40, null]);
  await within(clock, one.stop());
});
