import type { Campaign, Delivery, NewCampaign } from "@carillon/client";
import {
  type VirtualProcess,
  type VirtualProcessOptions,
  type VirtualWorld,
  type VirtualWorldOptions,
  virtualWorld,
} from "./virtual-world.ts";

/** A virtual world with a running service that everybody has the app of, and the usual things to do in it. */
export interface VirtualCampaigns {
  readonly world: VirtualWorld;
  readonly service: VirtualProcess;
  /** Creates and starts a campaign, to everyone where nothing else is said; answers its id. */
  begin(text: string, more?: Partial<NewCampaign>): Promise<string>;
  campaign(id: string): Promise<Campaign>;
  /** The campaign once it has finished, as `process` tells (default: the first); throws where it has not after `ms`. */
  finished(id: string, ms: number, process?: VirtualProcess): Promise<Campaign>;
  rows(id: string): Promise<readonly Delivery[]>;
  /** How often each conversation got a message with this text. */
  arrived(text: string): ReadonlyMap<string, number>;
}

/** Starts it all. With `teams` in the options, the bot is in each of them. */
export async function virtualCampaigns(
  options: VirtualWorldOptions & { readonly people: number },
  process: VirtualProcessOptions = {},
): Promise<VirtualCampaigns> {
  const world = await virtualWorld({
    teams: 0,
    shares: { withoutApp: 0, blocked: 0 },
    ...options,
  });
  const service = await world.start(process);
  const { client } = service;
  await world.within(world.emulator.install("all"));
  for (const { index } of world.emulator.teams())
    await world.within(world.emulator.install({ team: index }));
  await world.clock.runFor(2000);
  return {
    world,
    service,
    async begin(text, more = {}) {
      const { id } = await client.campaigns.create({
        name: text,
        message: { text },
        audience: { include: [{ everyone: true }] },
        ...more,
      });
      await world.within(client.campaigns.start(id));
      return id;
    },
    campaign: (id) => client.campaigns.get(id),
    finished: (id, ms, asked = service) =>
      world.until(
        async () => {
          const now = await asked.client.campaigns.get(id);
          return now.state === "finished" && now;
        },
        ms,
        Math.min(1000, ms / 20),
      ),
    async rows(id) {
      const rows: Delivery[] = [];
      for await (const row of client.campaigns.deliveriesAll(id)) rows.push(row);
      return rows;
    },
    arrived(text) {
      const arrived = new Map<string, number>();
      for (const { conversationId } of world.messages(text))
        arrived.set(conversationId, (arrived.get(conversationId) ?? 0) + 1);
      return arrived;
    },
  };
}
