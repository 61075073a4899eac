import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, beforeEach, describe, it } from "node:test";
import { prepareFolder } from "../../src/cli/demo/demo-folder.ts";
import { claimFolder, processLives } from "../../src/cli/demo/folder-claim.ts";

const tenant = {
  tenantId: "t",
  clientId: "c",
  people: 500,
  teams: 5,
  emulatorUrl: "http://127.0.0.1:3979",
};
let root = "";
let folder = "";
before(() => {
  root = mkdtempSync(path.join(tmpdir(), "carillon-demo-"));
});
after(() => rmSync(root, { recursive: true, force: true }));
beforeEach(() => {
  folder = path.join(mkdtempSync(path.join(root, "run-")), "demo");
});

/** What a run leaves behind. */
function leave(clean: boolean): void {
  const { keep } = prepareFolder(folder, tenant, { fresh: false });
  for (const name of ["carillon.db", "carillon.db-wal", "carillon.db.key", "notes.txt"])
    writeFileSync(path.join(folder, name), name);
  if (clean) keep("what it knew");
}

describe("the demo's folder", () => {
  it("is made where there is none", () => {
    const { state, databaseUrl } = prepareFolder(folder, tenant, { fresh: false });
    assert.equal(state, "new");
    assert.equal(databaseUrl, `sqlite:${path.join(folder, "carillon.db")}`);
    assert.ok(existsSync(folder));
  });

  it("goes on with the same tenant's database, and what its emulator knew", () => {
    leave(true);
    const { state, emulatorState } = prepareFolder(folder, tenant, { fresh: false });
    assert.equal(state, "continued");
    assert.equal(emulatorState, "what it knew");
    assert.ok(existsSync(path.join(folder, "carillon.db.key")));
  });

  it("is emptied of the demo's own files, and of nothing else", () => {
    const changed = { ...tenant, people: 60 };
    const cases = [
      { clean: false, now: tenant, fresh: false, state: "reset" },
      { clean: true, now: changed, fresh: false, state: "reset" },
      { clean: true, now: tenant, fresh: true, state: "fresh" },
    ] as const;
    for (const { clean, now, fresh, state } of cases) {
      leave(clean);
      const prepared = prepareFolder(folder, now, { fresh });
      assert.equal(prepared.state, state);
      assert.equal(prepared.emulatorState, null);
      assert.deepEqual(readdirSync(folder), ["notes.txt"]);
    }
  });

  it("does not go on from a run that has not ended", () => {
    leave(true);
    prepareFolder(folder, tenant, { fresh: false });
    assert.equal(prepareFolder(folder, tenant, { fresh: false }).state, "reset");
  });
});

describe("the claim on a folder", () => {
  const others = { own: 1, lives: () => true };
  it("gives a second demo a folder of its own, until the first one ends", () => {
    const first = claimFolder(folder, others);
    const second = claimFolder(folder, { ...others, own: 2 });
    assert.deepEqual([first.folder, first.moved], [folder, false]);
    assert.deepEqual([second.folder, second.moved], [`${folder}-2`, true]);
    first.release();
    assert.equal(claimFolder(folder, { ...others, own: 3 }).folder, folder);
  });
  it("counts for nothing once its process is gone", () => {
    claimFolder(folder, others);
    assert.equal(claimFolder(folder, { own: 2, lives: () => false }).folder, folder);
  });
  it("knows which processes live", () => {
    assert.equal(processLives(process.pid), true);
    assert.equal(processLives(2 ** 30), false);
  });
});
