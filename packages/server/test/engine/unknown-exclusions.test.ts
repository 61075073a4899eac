import assert from "node:assert/strict";
import { test } from "node:test";
import { ProblemError } from "../../src/domain/errors.ts";
import { teamId } from "../../src/domain/ids.ts";
import type { RosterMember } from "../../src/engine/ports/connector.ts";
import {
  deliveriesOf,
  objectId,
  openWorld,
  personOf,
  range,
  seen,
  serviceUrl,
  startCampaign,
  tenant,
  untilOver,
  type World,
  within,
} from "./engine-world.ts";

const team = "19:team@thread.tacv2";
const unheard = 7;

/** A world in which a team, and nothing else, knows the name of one person whom everybody else is told of without it. */
async function nameOnlyInTeam(): Promise<World> {
  const world = await openWorld({ people: 3 });
  const { userPrincipalName, ...nameless } = personOf(unheard);
  const member: RosterMember = {
    ...nameless,
    userPrincipalName,
    surname: null,
    email: null,
    userRole: "user",
  };
  world.connector.rosters.set(team, [member]);
  await world.engine.learn([
    { ...seen(unheard), fact: "person-seen", tenantId: tenant, person: nameless },
    { fact: "team-seen", tenantId: tenant, teamId: teamId(team), serviceUrl, install: "installed" },
  ]);
  return world;
}

const everyoneBut = (user: string) => ({
  audience: { include: [{ everyone: true as const }], exclude: [{ user }] },
});

test("nobody is messaged before Teams could be asked whom an exclusion means", async () => {
  const world = await nameOnlyInTeam();
  let failures = 3;
  world.connector.script = ({ operation }) => {
    if (operation !== "member" || failures === 0) return undefined;
    failures -= 1;
    return { kind: "transient", reason: "unavailable", retryAfterMs: null };
  };
  const name = personOf(unheard).userPrincipalName;
  const id = await within(world, startCampaign(world, everyoneBut(name)));
  await untilOver(world, id);
  assert.equal(failures, 0);
  assert.deepEqual(
    (await deliveriesOf(world, id)).map(({ recipient }) => recipient).sort(),
    range(3).map((n) => `user:${objectId(n)}`),
  );
  await within(world, world.engine.stop());
});

test("an exclusion that names nobody known holds the campaign back, and says so", async () => {
  const world = await nameOnlyInTeam();
  world.connector.script = ({ operation }) =>
    operation === "member" ? { kind: "unreachable", reason: "not-in-roster" } : undefined;
  const id = await within(world, startCampaign(world, everyoneBut("nobody@contoso.example")));
  await world.clock.runFor(300_000);
  const view = await world.engine.campaigns.get(id);
  assert.deepEqual([view.state, view.counts.total], ["expanding", 0]);
  assert.equal(view.attention?.code, "RECIPIENT_UNKNOWN");
  await within(world, world.engine.stop());
});

test("a notification to a name that cannot be looked up now is refused for now only", async () => {
  const world = await nameOnlyInTeam();
  world.connector.script = () => ({ kind: "transient", reason: "unavailable", retryAfterMs: null });
  const to = { user: personOf(unheard).userPrincipalName };
  const asked = world.engine.notifications.create({ to, message: { text: "hello" } });
  await assert.rejects(
    within(world, asked),
    (error) => error instanceof ProblemError && error.code === "SERVICE_UNAVAILABLE",
  );
  await within(world, world.engine.stop());
});
