// Goal: the care of a database, by its commands, while a service sends. Method: a service, and the commands on its file.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, before, describe, it } from "node:test";
import { type CliWorld, startCliWorld } from "./cli-world.ts";

let world: CliWorld;
before(async () => {
  world = await startCliWorld({ people: 120, rps: 100 });
});
after(() => world.close());

describe("carillon db", () => {
  it("backs up and checks the database while a campaign is sent", async () => {
    const sending = world.begin([
      ..."campaign create --name Hello --text hello --to everyone --start --follow".split(" "),
    ]);
    const backup = await world.run(["db", "backup", "monday.db"]);
    assert.equal(backup.code, 0, backup.err);
    assert.match(backup.out, /^Copied sqlite:data\/carillon\.db to monday\.db: [\d.,]+ .B in /);
    const check = await world.run(["db", "check"]);
    assert.equal(check.code, 0, check.out);
    assert.match(check.out, /^Nothing is wrong with sqlite:data\/carillon\.db: .* people\.$/m);
    const url = ["--database-url", "sqlite:monday.db", "--json"];
    const copy = await world.run(["db", "check", ...url]);
    const { findings, people } = JSON.parse(copy.out);
    assert.deepEqual([copy.code, findings], [0, []]);
    assert.ok(people >= 100);
    assert.equal((await sending.ended).code, 0);
  });

  it("ends with 1 and says what is wrong where something is", async () => {
    const db = new DatabaseSync(path.join(world.directory, "monday.db"));
    db.exec("UPDATE directories SET people = people + 3");
    db.close();
    const { code, out } = await world.run("db check --database-url sqlite:monday.db".split(" "));
    assert.equal(code, 1);
    assert.match(out, /Something is wrong.*\n {2}the directory's counts: /);
  });

  it("ends with 78 where there is nothing to open, overwrites nothing, and leaves PostgreSQL to pg_dump", async () => {
    for (const [line, words] of [
      ["db check --database-url sqlite:none.db", /There is no database at .*none\.db/],
      ["db check --database-url sqlite::memory:", /no database that this command could open/],
      ["db backup monday.db", /monday\.db exists already/],
      ["db backup x.db --database-url postgres://a:secret@h/d", /pg_dump --format=custom/],
    ] as const) {
      const { code, err } = await world.run(line.split(" "));
      assert.equal(code, 78, line);
      assert.match(err, words);
      assert.doesNotMatch(err, /secret/);
    }
    assert.ok(!existsSync(path.join(world.directory, "none.db")));
    assert.equal((await world.run(["db", "backup"])).code, 2);
  });
});
