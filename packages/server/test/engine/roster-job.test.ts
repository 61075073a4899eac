import assert from "node:assert/strict";
import { test } from "node:test";
import { teamId } from "../../src/domain/ids.ts";
import type { RosterMember } from "../../src/engine/ports/connector.ts";
import {
  objectId,
  openWorld,
  range,
  serviceUrl,
  startEngine,
  tenant,
  type World,
  within,
} from "./engine-world.ts";

const team = teamId("19:company@thread.tacv2");

function member(n: number): RosterMember {
  return {
    teamsId: n === 0 ? "28:another-bot" : `29:${n}`,
    aadObjectId: n === 0 ? null : objectId(n),
    name: `Ana ${n}`,
    givenName: "Ana",
    surname: `${n}`,
    email: null,
    userPrincipalName: `ana${n}@contoso.example`,
    userRole: "user",
  };
}

const added = (world: World) =>
  world.engine.learn([
    { fact: "team-seen", tenantId: tenant, teamId: team, serviceUrl, install: "installed" },
  ]);

test("a team that the bot is added to makes its members known by name and UPN, page by page, and no bots", async () => {
  const world = await openWorld({ readsRosters: true });
  world.connector.rosters.set(team, range(1200).map(member));
  await added(world);
  await world.clock.runFor(5_000);
  assert.equal((await world.engine.directory.counts()).people, 1199);
  const last = await world.engine.directory.person("ana1199@contoso.example");
  assert.deepEqual([last.givenName, last.install], ["Ana", "unknown"]);
  assert.equal(world.connector.requests.length, 3);
  await within(world, world.engine.stop());
});

test("a roster that cannot be had now is asked for again, and left at that after a while", async () => {
  const world = await openWorld({ readsRosters: true });
  world.connector.rosters.set(team, range(60).map(member));
  let refused = 0;
  world.connector.script = () => {
    refused += 1;
    return refused <= 3
      ? { kind: "transient", reason: "unavailable", retryAfterMs: null }
      : undefined;
  };
  await added(world);
  await world.clock.runFor(600_000);
  assert.equal((await world.engine.directory.counts()).people, 59);
  world.connector.script = () => ({ kind: "transient", reason: "unavailable", retryAfterMs: null });
  await added(world);
  const before = world.connector.requests.length;
  await world.clock.runFor(1_200_000);
  assert.equal(world.connector.requests.length - before, 9);
  await within(world, world.engine.stop());
});

test("a stop does not wait for a roster, which is read by whoever starts next", async () => {
  const world = await openWorld({ readsRosters: true, start: false });
  world.connector.rosters.set(team, range(5_000).map(member));
  await added(world);
  await world.clock.runFor(1_000);
  assert.equal(world.connector.requests.length, 0);
  await world.engine.start();
  await world.clock.runFor(30);
  await within(world, world.engine.stop());
  const known = (await world.engine.directory.counts()).people;
  assert.ok(known > 0 && known < 4_999, `${known}`);
  const next = startEngine(world, { readsRosters: true });
  await next.engine.start();
  await world.clock.runFor(5_000);
  assert.equal((await next.engine.directory.counts()).people, 4_999);
  await within(next, next.engine.stop());
});
