import { randomUUID } from "node:crypto";
import type { NewCampaign } from "@carillon/client";
import { type Command, type Given, UsageError } from "../command.ts";
import { connect, serviceOptions } from "../connect.ts";
import { readJsonFile, readJsonObject } from "../files.ts";
import { guardOptions, guardOptionsOf } from "../guard-options.ts";
import type { Io } from "../io.ts";
import { messageOf, messageOptions } from "../message-options.ts";
import { defined, numberOf, sendOptions, sendOptionsOf } from "../send-options.ts";
import { showCampaign } from "../show-campaign.ts";
import { parseTo, toNotes } from "../to.ts";

/** `carillon campaign create`: a draft, started at once with `--start`. */
export const campaignCreate: Command = {
  name: "campaign create",
  about: "Make a campaign: one message to an audience. It stays a draft until it is started.",
  options: {
    name: { about: "Its name, for you.", value: "NAME" },
    file: {
      about:
        "The whole campaign as JSON: name, topic, message, audience. Other options win over it.",
      value: "FILE",
    },
    ...messageOptions,
    to: { about: "Who gets it; see below.", value: "WHO", many: true },
    exclude: { about: "Who of them does not.", value: "WHO", many: true },
    ...sendOptions,
    rate: { about: "At most this many a second.", value: "N" },
    ...guardOptions,
    start: { about: "Start it at once (or at --send-at)." },
    follow: { about: "With --start: show the progress until it is over." },
    "idempotency-key": {
      about: "A repeated command with the same key and content makes nothing again.",
      value: "KEY",
    },
    ...serviceOptions,
  },
  examples: [
    "carillon campaign create --file examples/quarterly-update.json --start --follow",
    'carillon campaign create --name "Canteen closed" --text "The canteen is closed today." --to everyone --exclude team:19:abc@thread.tacv2',
    "carillon campaign create --file examples/quarterly-update.json --canary 50 --stop-when 10% --start",
  ],
  notes: toNotes,
  run: runCreate,
};

async function runCreate(given: Given, io: Io): Promise<number> {
  if (given.has("follow") && !given.has("start"))
    throw new UsageError("--follow follows a campaign that runs: give --start with it.");
  const request = await requestOf(given, io);
  const client = await connect(given, io);
  const idempotencyKey = given.text("idempotency-key") ?? randomUUID();
  const draft = await client.campaigns.create(request, { idempotencyKey });
  const campaign = given.has("start") ? await client.campaigns.start(draft.id) : draft;
  return showCampaign(client, campaign, given, io);
}

/** The file, with what the options say in place of it. */
async function requestOf(given: Given, io: Io): Promise<NewCampaign> {
  const file = given.text("file");
  const fromFile = file === undefined ? {} : await readJsonObject(file, io);
  const read = (name: string) => readJsonFile(name, io);
  const include = await parseTo(given.list("to"), read);
  const exclude = await parseTo(given.list("exclude"), read);
  const message = (await messageOf(given, io)) ?? fromFile.message;
  const audience = audienceOf(fromFile.audience, include, exclude);
  const name = given.text("name") ?? fromFile.name;
  if (name === undefined) throw new UsageError("The campaign has no name: give --name NAME.");
  if (message === undefined)
    throw new UsageError("The campaign has no message: give --text, --markdown, --card or --file.");
  if (audience === undefined)
    throw new UsageError("The campaign has no audience: give --to WHO, such as --to everyone.");
  const options = {
    ...sendOptionsOf(given, io.now()),
    ratePerSecond: numberOf(given, "rate", { min: 1, max: 1_000_000 }),
    ...guardOptionsOf(given),
  };
  // The service checks it all, field by field, and names what is wrong.
  return { ...fromFile, ...defined(options), name, message, audience } as unknown as NewCampaign;
}

function audienceOf(
  fromFile: unknown,
  include: readonly unknown[],
  exclude: readonly unknown[],
): unknown {
  if (include.length === 0 && exclude.length === 0) return fromFile;
  // Whatever the file holds as its audience, the service checks it.
  const base = (fromFile ?? {}) as { readonly include?: unknown; readonly exclude?: unknown };
  if (include.length === 0 && base.include === undefined) return undefined;
  return {
    include: include.length > 0 ? include : base.include,
    ...(exclude.length > 0 ? { exclude } : defined({ exclude: base.exclude })),
  };
}
