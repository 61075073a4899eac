import type { Bucket } from "../limits/limiter.ts";
import type { World } from "../state/world.ts";
import { personalConversationIdOf } from "../tenant/person.ts";
import type { WireAnswer } from "../wire.ts";
import type { Call } from "./call.ts";
import { isSplit } from "./check-activity.ts";
import { refuse } from "./errors.ts";

const buckets: Record<Call["operation"], Bucket> = {
  "create-conversation": "create",
  "create-thread": "create",
  send: "send",
  update: "update",
  // No window is documented for deletes; they count for the tenant only.
  delete: "free",
  members: "members",
  "paged-members": "members",
  member: "members",
  "activity-members": "members",
  team: "conversations",
  channels: "conversations",
};

/** The conversation whose windows a call counts in, or null where it names none that exists. */
export function threadOf(world: World, call: Call): string | null {
  if (call.place) return call.place.id;
  return call.operation === "create-conversation" && call.person !== null
    ? personalConversationIdOf(world.config.seed, call.person)
    : null;
}

/** Where a 429 for this call asks for quiet. */
export function quietScope(call: Call, thread: string): string {
  return `${call.operation} ${thread}`;
}

/** The scope of a 429 that is meant for the bot in the whole tenant. */
export const laneScope = "lane";

/** Counts the call for the bot in the tenant. False: the second is full. */
export function takeLane(world: World): boolean {
  const { rps, laneWindowMs } = world.limits;
  if (rps === 0) return true;
  const lane = `${world.config.botAppId} ${world.config.tenantId}`;
  return world.limiter.takeLane(lane, { ms: laneWindowMs, max: rps }, world.clock.now());
}

/** Counts the call in its conversation's windows. False: one of them is full. */
export function takeThread(world: World, call: Call, thread: string): boolean {
  if (world.limits.rps === 0 || !world.limits.threads) return true;
  const now = world.clock.now();
  const { botAppId: appId } = world.config;
  if (call.operation === "members" && !world.limiter.takeUnpagedMembers(appId, thread, now))
    return false;
  const count = call.operation === "send" && isSplit(call.body) ? 2 : 1;
  return world.limiter.takeThread({ appId, thread, bucket: buckets[call.operation], count }, now);
}

/** The 429 itself; asks for quiet in its scope when it carries `Retry-After`. */
export function throttle(
  world: World,
  scope: string,
  options: {
    readonly latencyMs: number;
    readonly seconds?: number;
    readonly silent?: boolean;
    readonly text?: string;
  },
): WireAnswer {
  world.totals.throttled += 1;
  world.throttles.push({
    at: world.clock.now(),
    limit: scope === laneScope ? "lane" : "conversation",
  });
  const silent = options.silent ?? !world.limits.sendRetryAfter;
  if (silent) return refuse("throttled");
  if (options.text !== undefined)
    return refuse("throttled", { headers: { "retry-after": options.text } });
  const seconds = options.seconds ?? world.limits.retryAfterSeconds;
  world.quiet.begin(scope, world.clock.now(), options.latencyMs, seconds);
  return refuse("throttled", { headers: { "retry-after": String(seconds) } });
}
