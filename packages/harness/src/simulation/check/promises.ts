/** What every run is held to, each in a sentence; the keys name them in reports. */
export const promises = {
  "every-delivery-ends":
    "Each delivery is in exactly one row, and ends in a final state within bounded time after the last fault.",
  "totals-add-up": "A campaign's counts are those of its rows, at any time.",
  "final-stays-final":
    "What is final stays so, also a finished campaign; a row's attempts and resends never grow fewer.",
  explained: "A row that is not accepted says why, by a code and by what was tried.",
  "accepted-arrived": "What is called accepted arrived, under the id that is recorded.",
  "arrived-recorded": "What arrived belongs to a delivery whose record allows for it.",
  "no-silent-duplicate": "Nobody gets a message twice but where a resend is recorded.",
  "attempts-recorded": "A row's attempts are not fewer than the requests that were made for it.",
  "audience-complete": "A campaign that finished has a row for everybody whom its audience names.",
  "excluded-left-out": "Nobody whom an audience excludes gets its message.",
  "audience-exact":
    "Nobody has a row whom the audience did not name when the campaign was started.",
  "made-once": "What a client asks for again under the same key is there once.",
  "order-kept":
    "Of two messages to one recipient, one asked for after the other, the first is tried first.",
  "removed-left-alone":
    "Nobody who removed the app, or is known to have blocked the bot, before a campaign began is asked for it.",
  "pause-takes-effect": "After a pause was answered, no request of the campaign starts.",
  "cancel-takes-effect": "After a cancel was answered, no request of the campaign starts.",
  "expiry-kept": "No request starts after its campaign has expired.",
  "retry-complete": "What somebody asked to be tried again is tried again.",
  "uncertain-held":
    "What is uncertain is not sent again where the author said so, until somebody decides otherwise.",
  "edit-goes-forward": "Where a newer text was, no older one comes.",
  "edit-reaches-all":
    "After an edit has ended everybody sees its text, but those whom it reports as not changed.",
  "recall-reaches-all":
    "After a recall has ended nobody sees the message, but those whom it reports as not changed.",
  "recalled-in-time": "A campaign whose recallAt has passed was recalled.",
  "canary-first":
    "A canary's campaign sends to no more than its first until those have ended, and, where it is to wait, somebody let it go.",
  "stop-kept":
    "A campaign of which more failed than its author allows is paused, and starts nothing more.",
  "clicks-agree": "Of two who press the same at once, none is refused what the other is granted.",
  "questions-answered": "Who writes to the bot is answered, once the endpoint has taken it.",
  "urgent-first":
    "What is urgent, or answers somebody, starts before what is less urgent, but for a few that were to start already.",
  "retry-after-obeyed": "No request starts before the Retry-After that a 429 gave.",
  "budget-kept":
    "In no 1,000 ms do all processes together start more requests than the lane's budget; nothing is throttled without a cause.",
  "cap-kept": "In no 1,000 ms does a process start more requests of a campaign than its own cap.",
  "one-process-per-lane":
    "Deliveries of a lane start in the process that took it last, and in no other.",
  "tokens-stay-home": "A token, and a tenant's messages, go only where they belong.",
  "stops-cleanly": "The service stops when it is told to, and asks for nothing from then on.",
} as const;

/** The name of a promise. */
export type PromiseName = keyof typeof promises;

/** A promise that a run broke, and how, in a sentence. */
export interface BrokenPromise {
  readonly promise: PromiseName;
  readonly what: string;
}

/** In one line, for a person. */
export function shown({ promise, what }: BrokenPromise): string {
  return `${promise}: ${what}`;
}
