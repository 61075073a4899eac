import type { CarillonClient } from "@carillon/client";
import type { Emulator } from "@carillon/emulator";

/** What was asked of the service so far. */
export interface Driven {
  readonly campaigns: readonly string[];
  readonly notifications: number;
  /** Calls that the service did not take. */
  readonly failures: number;
}

/** Keeps a service busy until the signal: campaigns that overlap, notifications between them, a pause now and then. */
export async function drive(
  client: CarillonClient,
  emulator: Emulator,
  signal: AbortSignal,
): Promise<Driven> {
  const campaigns: string[] = [];
  let [notifications, failures] = [0, 0];
  const tries = (what: Promise<unknown>) =>
    what.catch(() => {
      failures += 1;
    });
  for (let second = 0; !signal.aborted; second += 1) {
    if (second % 8 === 0) await tries(begin(client, campaigns));
    const id = campaigns.at(-1);
    if (id !== undefined && second % 30 === 3) await tries(client.campaigns.pause(id));
    if (id !== undefined && second % 30 === 5) await tries(client.campaigns.resume(id));
    const user = emulator.person(second % 50).aadObjectId;
    const message = { text: `Notification ${second}` };
    await tries(client.notifications.create({ to: { user }, message, priority: "urgent" }));
    notifications += 1;
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  }
  return { campaigns, notifications, failures };
}

/** Another campaign to everyone, unless enough of them are under way. */
async function begin(client: CarillonClient, campaigns: string[]): Promise<void> {
  const { items } = await client.campaigns.list();
  const open = items.filter(({ state }) => state === "expanding" || state === "sending");
  if (open.length >= overlapMax) return;
  const { id } = await client.campaigns.create({
    name: `Soak ${campaigns.length}`,
    message: { text: `Soak ${campaigns.length} for \${person.id}` },
    audience: { include: [{ everyone: true }] },
    priority: campaigns.length % 2 === 0 ? "bulk" : "normal",
  });
  await client.campaigns.start(id);
  campaigns.push(id);
}

const overlapMax = 3;
