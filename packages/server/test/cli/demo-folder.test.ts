import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, beforeEach, describe, it } from "node:test";
import { prepareFolder } from "../../src/cli/demo/demo-folder.ts";

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
  const { markClean } = prepareFolder(folder, tenant, { fresh: false });
  for (const name of ["carillon.db", "carillon.db-wal", "carillon.db.key", "notes.txt"])
    writeFileSync(path.join(folder, name), name);
  if (clean) markClean();
}

describe("the demo's folder", () => {
  it("is made where there is none", () => {
    const { state, databaseUrl } = prepareFolder(folder, tenant, { fresh: false });
    assert.equal(state, "new");
    assert.equal(databaseUrl, `sqlite:${path.join(folder, "carillon.db")}`);
    assert.ok(existsSync(folder));
  });

  it("goes on with the same tenant's database that was left with nothing open", () => {
    leave(true);
    assert.equal(prepareFolder(folder, tenant, { fresh: false }).state, "continued");
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
      assert.equal(prepareFolder(folder, now, { fresh }).state, state);
      assert.deepEqual(readdirSync(folder), ["notes.txt"]);
    }
  });

  it("does not count a run as clean that is still going on", () => {
    leave(true);
    prepareFolder(folder, tenant, { fresh: false });
    assert.equal(prepareFolder(folder, tenant, { fresh: false }).state, "reset");
  });
});
