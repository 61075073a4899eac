import assert from "node:assert/strict";
import { botId, workerId } from "../../../server/src/domain/ids.ts";
import { type JobNote, jobsMax, neverDue } from "../../../server/src/engine/ports/jobs.ts";
import { add, bot, type JobCases, keys, leaseMs, name, take, takeOne } from "./fixtures.ts";

const note: JobNote = { code: "STORE_LOCKED", detail: "Somebody holds it: ‘x’.", since: 1_234 };

/** Adding and finding. */
export const addingCases: JobCases = {
  "a job is there once, whoever adds it, while it waits and while it runs": async (opened) => {
    const { jobs, now } = opened;
    await add(opened, "cmp_1");
    const again = () => jobs.add({ ...name("cmp_1"), dueAt: now() }, now());
    assert.equal(await again(), "known");
    const job = await takeOne(opened, "w1");
    assert.equal(await again(), "known");
    assert.deepEqual(await take(opened, "w2"), []);
    assert.equal(await jobs.done(job, now()), true);
    assert.equal(await again(), "added");
    assert.deepEqual(keys(await take(opened, "w2")), ["cmp_1"]);
  },
  "jobs of one key are apart by kind and by bot": async (opened) => {
    const { jobs, now } = opened;
    await add(opened, "all", "expire");
    await add(opened, "all", "cancel");
    const other = { ...name("all", "expire"), botId: botId("other") };
    assert.equal(await jobs.add({ ...other, dueAt: now() }, now()), "added");
    assert.deepEqual(keys(await take(opened, "w1", { kind: "expire" })), ["all"]);
    assert.deepEqual(keys(await take(opened, "w1", { kind: "cancel" })), ["all"]);
    assert.equal((await jobs.find(other))?.isRunning, false);
  },
  "of many who add the same job at once, one does": async (opened) => {
    const { jobs, now } = opened;
    const made = await Promise.all(
      Array.from({ length: 20 }, () => jobs.add({ ...name("cmp_1"), dueAt: now() }, now())),
    );
    assert.equal(made.filter((one) => one === "added").length, 1);
    assert.equal((await take(opened, "w1")).length, 1);
  },
  "a job is found as it stands": async (opened) => {
    const { jobs, now } = opened;
    assert.equal(await jobs.find(name("cmp_1")), null);
    const dueAt = now() + 60_000;
    await jobs.add({ ...name("cmp_1"), dueAt }, now());
    const waiting = { isRunning: false, dueAt, attempt: 0, note: null };
    assert.deepEqual(await jobs.find(name("cmp_1")), waiting);
    await opened.pass(60_000);
    await takeOne(opened, "w1");
    assert.deepEqual(await jobs.find(name("cmp_1")), { ...waiting, isRunning: true, attempt: 1 });
  },
  "hurry makes a waiting job due sooner, with its attempts forgotten; nothing else does": async (
    opened,
  ) => {
    const { jobs, now } = opened;
    await add(opened, "cmp_1");
    const job = await takeOne(opened, "w1");
    await jobs.again(job, { dueAt: neverDue, failed: true, note }, now());
    await opened.pass(1_000);
    assert.equal(await jobs.add({ ...name("cmp_1"), dueAt: now() }, now()), "known");
    assert.deepEqual(await take(opened, "w1"), []);
    assert.equal(await jobs.add({ ...name("cmp_1"), dueAt: now(), hurry: true }, now()), "known");
    const hurried = await takeOne(opened, "w1");
    assert.deepEqual([hurried.attempt, hurried.note], [1, note]);
    // A running one, and one that is due sooner already, stay as they are.
    assert.equal(await jobs.add({ ...name("cmp_1"), dueAt: now(), hurry: true }, now()), "known");
    await jobs.again(hurried, { dueAt: now() + 1_000, failed: false, note: null }, now());
    const later = { ...name("cmp_1"), dueAt: now() + 9_000, hurry: true };
    assert.equal(await jobs.add(later, now()), "known");
    await opened.pass(1_000);
    assert.equal((await take(opened, "w1")).length, 1);
  },
};

/** Taking, leases, and ends. */
export const takingCases: JobCases = {
  "jobs are taken once they are due, the soonest due first, as many as asked for": async (
    opened,
  ) => {
    const { jobs, now } = opened;
    const start = now();
    for (const [key, ms] of [
      ["c", 3_000],
      ["a", 1_000],
      ["d", 9_000],
      ["b", 2_000],
    ] as const)
      await jobs.add({ ...name(key), dueAt: start + ms }, now());
    assert.deepEqual(await take(opened, "w1"), []);
    await opened.pass(3_000);
    assert.deepEqual(keys(await take(opened, "w1", { limit: 2 })), ["a", "b"]);
    assert.deepEqual(keys(await take(opened, "w2")), ["c"]);
    assert.deepEqual(await take(opened, "w2"), []);
  },
  "of several workers that take at once, each job goes to one": async (opened) => {
    for (let n = 0; n < 12; n += 1) await add(opened, `cmp_${n}`);
    const taken = await Promise.all(
      ["w1", "w2", "w3", "w4"].map((worker) => take(opened, worker, { limit: 5 })),
    );
    const all = taken.flatMap(keys);
    assert.equal(new Set(all).size, all.length);
    const rest = keys(await take(opened, "w5", { limit: 20 }));
    assert.equal(all.length + rest.length, 12);
  },
  "a job whose lease ran out is given to another, and its first worker can do nothing more with it":
    async (opened) => {
      const { jobs, now } = opened;
      await add(opened, "cmp_1");
      const old = await takeOne(opened, "w1");
      await opened.pass(leaseMs - 1_000);
      assert.deepEqual(await take(opened, "w2"), []);
      await opened.pass(2_000);
      const job = await takeOne(opened, "w2");
      assert.equal(job.attempt, 2);
      assert.deepEqual(await jobs.renew([old], { now: now(), leaseMs }), []);
      assert.equal(await jobs.done(old, now()), false);
      const next = { dueAt: now(), failed: false, note: null };
      assert.equal(await jobs.again(old, next, now()), false);
      assert.equal((await jobs.find(name("cmp_1")))?.isRunning, true);
      assert.equal(await jobs.done(job, now()), true);
      assert.equal(await jobs.find(name("cmp_1")), null);
    },
  "a worker that had an earlier job of the same name has nothing to say of this one": async (
    opened,
  ) => {
    const { jobs, now } = opened;
    await add(opened, "cmp_1");
    const old = await takeOne(opened, "w1");
    await opened.pass(leaseMs + 1_000);
    assert.equal(await jobs.done(await takeOne(opened, "w2"), now()), true);
    await add(opened, "cmp_1");
    await takeOne(opened, "w1");
    assert.equal(await jobs.done(old, now()), false);
    assert.equal((await jobs.find(name("cmp_1")))?.isRunning, true);
  },
  "a lease that is renewed goes on, and only those still held are answered": async (opened) => {
    const { jobs, now } = opened;
    await add(opened, "cmp_1");
    await add(opened, "cmp_2");
    const both = await take(opened, "w1");
    const [first] = both;
    assert.ok(first !== undefined);
    for (let round = 0; round < 3; round += 1) {
      await opened.pass(leaseMs - 2_000);
      const renewed = await jobs.renew(both, { now: now(), leaseMs });
      assert.deepEqual(keys(renewed), ["cmp_1", "cmp_2"]);
      assert.deepEqual(await take(opened, "w2"), []);
    }
    await jobs.done(first, now());
    assert.deepEqual(keys(await jobs.renew(both, { now: now(), leaseMs })), ["cmp_2"]);
    assert.deepEqual(await jobs.renew([], { now: now(), leaseMs }), []);
  },
  "a job put back is due when it says, with its note, and its attempts count only failures": async (
    opened,
  ) => {
    const { jobs, now } = opened;
    await add(opened, "cmp_1");
    for (const attempt of [1, 2, 3]) {
      const job = await takeOne(opened, "w1");
      assert.equal(job.attempt, attempt);
      const next = { dueAt: now() + 5_000, failed: true, note };
      assert.equal(await jobs.again(job, next, now()), true);
      assert.equal(await jobs.again(job, next, now()), false, "once");
      const seen = await jobs.find(name("cmp_1"));
      assert.deepEqual(seen, { isRunning: false, dueAt: next.dueAt, attempt, note });
      assert.deepEqual(await take(opened, "w2"), []);
      await opened.pass(5_000);
    }
    const fourth = await takeOne(opened, "w2");
    assert.deepEqual([fourth.attempt, fourth.note], [4, note]);
    await jobs.again(fourth, { dueAt: now(), failed: false, note: null }, now());
    const fresh = await takeOne(opened, "w1");
    assert.deepEqual([fresh.attempt, fresh.note], [1, null]);
  },
  "a job that was given up is never due": async (opened) => {
    const { jobs, now } = opened;
    await add(opened, "cmp_1");
    await jobs.again(await takeOne(opened, "w1"), { dueAt: neverDue, failed: true, note }, now());
    await opened.pass(400 * 86_400_000);
    assert.deepEqual(await take(opened, "w1"), []);
    assert.equal((await jobs.find(name("cmp_1")))?.dueAt, neverDue);
  },
};

/** What not every driver can: it needs to know who runs a job, or would take too long. */
export const ownDriverCases: JobCases = {
  "a job of a worker that has certainly ended is given to another at once": async (opened) => {
    await add(opened, "cmp_1");
    await takeOne(opened, "w1");
    assert.deepEqual(await take(opened, "w2", { ended: [workerId("w3")] }), []);
    const [job] = await take(opened, "w2", { ended: [workerId("w1")] });
    assert.equal(job?.attempt, 2);
  },
  "a clock that is set back holds no job that runs, and none that waits, for longer than a lease":
    async (opened) => {
      await add(opened, "cmp_1");
      await takeOne(opened, "w1");
      await opened.pass(-3_600_000);
      const job = await takeOne(opened, "w2");
      await opened.jobs.again(
        job,
        { dueAt: opened.now() + 60_000, failed: false, note },
        opened.now(),
      );
      await opened.pass(-1_000);
      assert.deepEqual(await take(opened, "w1"), []);
      await opened.pass(-3_600_000);
      assert.equal((await take(opened, "w1")).length, 1);
    },
  "there are never more jobs than the most, and one that ends makes room": async (opened) => {
    const { jobs, now } = opened;
    for (let n = 0; n < jobsMax; n += 1)
      await jobs.add({ ...name(`cmp_${String(n).padStart(6, "0")}`), dueAt: n }, now());
    const more = { ...name("one more"), dueAt: now() };
    assert.equal(await jobs.add(more, now()), "full");
    assert.equal(await jobs.add({ ...name("cmp_000005"), dueAt: 0 }, now()), "known");
    const [first] = await take(opened, "w1", { limit: 1 });
    assert.ok(first !== undefined);
    await jobs.done(first, now());
    assert.equal(await jobs.add(more, now()), "added");
    assert.equal(
      await jobs.add({ ...more, botId: botId("other"), dueAt: 0 }, now()),
      "added",
      `another bot than ${bot}`,
    );
  },
};
