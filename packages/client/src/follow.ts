import { bodyText } from "./body-text.ts";
import type { Attention, Campaign, CampaignState, DeliveryCounts } from "./campaign.ts";
import { type Connection, callStream, pathOf } from "./connection.ts";
import { CarillonError, CarillonUnreachableError } from "./errors.ts";
import { createEventReader } from "./server-sent-events.ts";
import type { StreamEvent } from "./status.ts";
import { backoffMs } from "./timing.ts";

/** How far a campaign has come. */
export interface CampaignProgress {
  readonly id: string;
  readonly state: CampaignState;
  readonly counts: DeliveryCounts;
  readonly ratePerSecond: number;
  readonly etaSeconds: number | null;
  readonly attention: Attention | null;
  /** True while the service tells us by itself; false where we had to ask. */
  readonly live: boolean;
}

export interface FollowOptions {
  readonly signal?: AbortSignal;
  /** Told each time that the service could not be asked, and when it will be asked again. */
  readonly onTrouble?: (error: Error, retryInMs: number) => void;
}

/** What is followed. */
export interface Followed {
  readonly id: string;
  load(signal: AbortSignal | undefined): Promise<Campaign>;
  onProgress(progress: CampaignProgress): void;
}

/** See `CampaignCalls.follow`. */
export async function follow(
  connection: Connection,
  followed: Followed,
  options: FollowOptions,
): Promise<Campaign> {
  const { signal } = options;
  const { timing } = connection;
  let losses = 0;
  for (let round = 0; ; round += 1) {
    const campaign = await asked(connection, followed, options);
    followed.onProgress({ ...progressOf(campaign), live: false });
    if (isOver(campaign.state)) return campaign;
    // Where streams do not come through, as behind a proxy that keeps them back, asking is all there is.
    if (losses >= lossesMax && round % streamEvery !== 0) {
      await timing.sleep(pollMs, signal);
      continue;
    }
    const end = await watch(connection, followed, progressOf(campaign), signal);
    if (end === "over") continue;
    losses = end === "worked" ? 0 : losses + 1;
    await timing.sleep(backoffMs(losses, reconnectBounds, timing), signal);
  }
}

const troublesMax = 40;
const retryBounds = { firstMs: 500, mostMs: 10_000 };
const reconnectBounds = { firstMs: 500, mostMs: 5000 };
const pollMs = 2000;
/** After so many streams in a row that brought nothing, only every so manieth round tries another. */
const lossesMax = 3;
const streamEvery = 15;
/** The service greets at once, and sends a sign of life every 15 s. */
const greetingMs = 5000;
const idleMs = 45_000;
/** After so many signs of life in a row that told nothing, a minute, it is asked how things stand: no event is trusted to be the last. */
const silentMax = 4;

/** The campaign as it is now, asked for until the service answers. Throws where asking again does not help any more. */
async function asked(
  { timing }: Connection,
  followed: Followed,
  { signal, onTrouble }: FollowOptions,
): Promise<Campaign> {
  for (let troubles = 0; ; troubles += 1) {
    signal?.throwIfAborted();
    try {
      return await followed.load(signal);
    } catch (error) {
      if (!isPassing(error) || troubles >= troublesMax) throw error;
      const retryInMs = backoffMs(troubles, retryBounds, timing);
      onTrouble?.(error, retryInMs);
      await timing.sleep(retryInMs, signal);
    }
  }
}

function isPassing(error: unknown): error is CarillonError | CarillonUnreachableError {
  // 502 to 504: it restarts, or something before it does. 500 is a fault that asking again only repeats.
  if (error instanceof CarillonError) return error.status > 500;
  return error instanceof CarillonUnreachableError;
}

/** Listens until the campaign is over, nothing was told for long, or the stream ends; `worked` where it told more than how things stood at its beginning. */
async function watch(
  connection: Connection,
  followed: Followed,
  from: Omit<CampaignProgress, "live">,
  signal: AbortSignal | undefined,
): Promise<"over" | "worked" | "lost"> {
  let batches = 0;
  let silent = 0;
  let progress = { ...from, live: true };
  try {
    for await (const events of eventBatches(connection, followed.id, signal)) {
      batches += 1;
      const before = progress;
      for (const event of events) progress = applied(progress, event);
      if (progress !== before) followed.onProgress(progress);
      silent = events.length === 0 ? silent + 1 : 0;
      if (isOver(progress.state) || silent > silentMax) return "over";
    }
  } catch (error) {
    signal?.throwIfAborted();
    if (!(error instanceof StreamLost)) throw error;
  }
  return batches > 2 ? "worked" : "lost";
}

/** The stream broke, or never came: whoever listened asks instead. */
class StreamLost extends Error {
  override readonly name = "StreamLost";
}

/** The events of one connection, as they come; an empty batch for a sign of life. */
async function* eventBatches(
  connection: Connection,
  campaign: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<readonly StreamEvent[], void, undefined> {
  const answer = await callStream(connection, {
    method: "GET",
    path: pathOf("stream"),
    query: { campaign },
    headers: { accept: "text/event-stream" },
    repeatable: false,
    signal,
  }).catch(lost);
  const read = createEventReader();
  let patienceMs = greetingMs;
  const idle = async (waiting: AbortSignal) => {
    await connection.timing.sleep(patienceMs, waiting);
    return new StreamLost(`nothing came for ${patienceMs} ms`);
  };
  const texts = bodyText(answer.response, idle);
  try {
    for (;;) {
      const { done, value } = await texts.next().catch(lost);
      if (done === true) return;
      patienceMs = idleMs;
      yield read(value).flatMap(({ data }) => parsed(data));
    }
  } finally {
    await texts.return();
    answer.release();
  }
}

/** Refusals as they are, everything else as {@link StreamLost}. */
function lost(error: unknown): never {
  if (error instanceof CarillonError && error.status <= 500) throw error;
  throw error instanceof StreamLost ? error : new StreamLost("the stream broke", { cause: error });
}

function parsed(data: string): readonly StreamEvent[] {
  try {
    // The contract says what events there are; newer ones are left alone by `applied`.
    return [JSON.parse(data) as StreamEvent];
  } catch {
    // A truncated event is as good as none: the next one tells the same and more.
    return [];
  }
}

function applied(progress: CampaignProgress, event: StreamEvent): CampaignProgress {
  if (event.id !== null && event.id !== progress.id) return progress;
  if (event.type === "campaign") return { ...progress, state: event.state };
  if (event.type === "attention") return { ...progress, attention: event.attention };
  if (event.type !== "progress") return progress;
  const { counts, ratePerSecond, etaSeconds } = event;
  return { ...progress, counts, ratePerSecond, etaSeconds };
}

function progressOf(campaign: Campaign): Omit<CampaignProgress, "live"> {
  const { id, state, counts, ratePerSecond, etaSeconds, attention } = campaign;
  return { id, state, counts, ratePerSecond, etaSeconds, attention };
}

function isOver(state: CampaignState): boolean {
  return state === "finished" || state === "cancelled";
}
