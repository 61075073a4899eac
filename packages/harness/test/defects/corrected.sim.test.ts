// Goal: what went out can be corrected, taken back and explained, which today's tools cannot once a message has left. Method: the
// whole service in virtual time; what people see is what the emulator's inboxes show.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type VirtualCampaigns, virtualCampaigns } from "../../src/virtual-campaign.ts";

const people = 40;
const minute = 60_000;

/** What each person's chat shows of the bot's now. */
function shown({ world }: VirtualCampaigns): readonly string[] {
  return Array.from({ length: people }, (_, index) =>
    world.emulator
      .inbox(index)
      .filter(({ deleted, from }) => !deleted && from.kind === "bot")
      .map(({ activity }) => String(activity?.text))
      .join(" | "),
  );
}

async function changed(here: VirtualCampaigns, id: string) {
  const [change] = (await here.campaign(id)).changes;
  return here.finished(change?.id ?? "", 2 * minute);
}

describe("a message that went out", () => {
  it("with a mistake in it is corrected in everybody's chat, though Teams throttled and forgot meanwhile (Company Communicator)", async () => {
    const here = await virtualCampaigns({ people, seed: 901 });
    const { client } = here.service;
    const id = await here.begin("Lunch at noon.");
    await here.finished(id, minute);
    here.world.emulator.setFaults({
      rates: [
        { kind: "throttled", operation: "update", share: 0.2, retryAfterSeconds: 1 },
        { kind: "bad-gateway", operation: "update", share: 0.1 },
      ],
      seed: 5,
    });
    await here.world.within(client.campaigns.edit(id, { message: { text: "Lunch at one." } }));
    const edit = await changed(here, id);
    assert.equal(edit.counts.accepted, people, JSON.stringify(edit.reasons));
    assert.deepEqual([...new Set(shown(here))], ["Lunch at one."]);
    await here.service.stop();
  });

  it("by mistake is taken back from everybody, also while it is still going out (Company Communicator)", async () => {
    const here = await virtualCampaigns({ people, seed: 902 });
    const { client } = here.service;
    const id = await here.begin("Not meant for you.");
    const half = async () => here.world.messages("Not meant for you.").length >= people / 2;
    await here.world.until(half, minute, 20);
    await here.world.within(client.campaigns.recall(id));
    await changed(here, id);
    await here.world.clock.runFor(minute);
    assert.deepEqual([...new Set(shown(here))], [""]);
    const { counts } = await here.campaign(id);
    assert.equal(counts.pending + counts.sending, 0);
    assert.ok(here.world.messages("Not meant for you.").length < people, "the rest never left");
    await here.service.stop();
  });

  it("for a while is gone when that is over, without anybody's doing (Company Communicator)", async () => {
    const here = await virtualCampaigns({ people, seed: 903 });
    const recallAt = new Date(here.world.clock.now() + 2 * minute).toISOString();
    const id = await here.begin("Until two minutes from now.", { recallAt });
    await here.finished(id, minute);
    assert.deepEqual([...new Set(shown(here))], ["Until two minutes from now."]);
    await here.world.clock.runFor(3 * minute);
    assert.deepEqual([...new Set(shown(here))], [""]);
    await here.service.stop();
  });

  it("to all but one is explained for that one in a line, from what is stored (Company Communicator)", async () => {
    const here = await virtualCampaigns({ people, seed: 904 });
    const { emulator } = here.world;
    const { client } = here.service;
    emulator.block(7);
    const id = await here.begin("Did Ana get it?");
    await here.finished(id, minute);
    const { aadObjectId } = emulator.person(7);
    const { line, next, delivery } = await here.world.within(
      client.explain.delivery(id, aadObjectId),
    );
    assert.match(line, /blocked/i);
    assert.equal(next, "person");
    assert.equal(delivery.state, "failed");
    assert.ok(delivery.history.length > 0);
    const [last] = (await here.world.within(client.explain.person(aadObjectId))).deliveries;
    assert.match(last?.line ?? "", /blocked/i, "and across all messages");
    await here.service.stop();
  });

  it("and fails for too many stops by itself before it has reached everybody (listmonk)", async () => {
    const here = await virtualCampaigns({ people: 400, seed: 905 });
    here.world.emulator.setFaults({
      rates: [{ kind: "bad-argument", operation: "send", share: 1 }],
    });
    const id = await here.begin("Broken.", { stopWhen: { failedPercent: 10, atLeast: 20 } });
    await here.world.clock.runFor(minute);
    const { state, counts, attention } = await here.campaign(id);
    assert.equal(state, "paused");
    assert.ok(counts.failed >= 20 && counts.failed < 100, `${counts.failed} failed`);
    assert.ok(counts.pending > 300);
    assert.match(JSON.stringify(attention), /failed/);
    await here.service.stop();
  });
});
