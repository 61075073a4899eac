import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Channel, Page, Person, Team } from "@carillon/client";
import { apiWorld, jsonOf, problemOf } from "./api-world.ts";

describe("the directory over HTTP", () => {
  it("lists people in pages, and finds them by the start of a name", async () => {
    const { ask } = apiWorld();
    const first = await jsonOf<Page<Person>>(await ask("/v1/people?limit=3"));
    assert.equal(first.items.length, 3);
    const rest = await jsonOf<Page<Person>>(await ask(`/v1/people?limit=3&cursor=${first.next}`));
    assert.equal(rest.items.length, 2);
    const found = await jsonOf<Page<Person>>(await ask("/v1/people?search=%20A"));
    assert.deepEqual(
      found.items.map(({ givenName }) => givenName),
      ["Ana", "Ali"],
    );
  });

  it("shows a person by object id, UPN or Teams id, with times as text", async () => {
    const { ask } = apiWorld();
    for (const id of ["00000000-0000-4000-8000-000000000002", "cem@contoso.example", "29:Cem"]) {
      const person = await jsonOf<Person>(await ask(`/v1/people/${encodeURIComponent(id)}`));
      assert.equal(person.name, "Cem Example");
      assert.equal(person.blockedAt, "2025-11-24T16:00:00.000Z");
      assert.ok(!("botId" in person));
    }
    const unknown = await ask("/v1/people/nobody@contoso.example");
    assert.equal(unknown.status, 404);
    assert.equal((await problemOf(unknown)).code, "PERSON_UNKNOWN");
  });

  it("lists teams and their channels", async () => {
    const { ask } = apiWorld();
    const teams = await jsonOf<Page<Team>>(await ask("/v1/teams"));
    assert.deepEqual(
      teams.items.map(({ name, install }) => ({ name, install })),
      [{ name: "Nurses", install: "installed" }],
    );
    const channels = await jsonOf<Page<Channel>>(
      await ask(`/v1/teams/${encodeURIComponent("19:team@thread.tacv2")}/channels`),
    );
    assert.deepEqual(channels.items, [
      {
        id: "19:night@thread.tacv2",
        teamId: "19:team@thread.tacv2",
        name: "Night shift",
        type: "standard",
        deleted: false,
      },
    ]);
    const unknown = await ask("/v1/teams/19:x@thread.tacv2/channels");
    assert.equal((await problemOf(unknown)).code, "TEAM_UNKNOWN");
  });
});
