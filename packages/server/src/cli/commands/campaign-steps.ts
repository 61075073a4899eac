import type { Campaign, CarillonClient } from "@carillon/client";
import type { Command, Given, OptionSpec } from "../command.ts";
import { connect, serviceOptions } from "../connect.ts";
import type { Io } from "../io.ts";
import { showCampaign } from "../show-campaign.ts";

type Step = "start" | "pause" | "resume" | "cancel";

const follow: Readonly<Record<string, OptionSpec>> = {
  follow: { about: "Show the progress until it is over. Ctrl+C leaves it running." },
};

/** `carillon campaign start`. */
export const campaignStart = step("start", "Start a draft.", follow);
/** `carillon campaign pause`. */
export const campaignPause = step(
  "pause",
  "Pause a campaign: nothing more is sent until it is resumed.",
);
/** `carillon campaign resume`. */
export const campaignResume = step("resume", "Let a paused campaign go on.", follow);
/** `carillon campaign cancel`. */
export const campaignCancel = step(
  "cancel",
  "End a campaign for good. What was accepted stays where it is.",
);
/** `carillon campaign status`. */
export const campaignStatus: Command = {
  name: "campaign status",
  about: "Show what became of a campaign so far.",
  arguments: [idArgument()],
  options: { ...follow, ...serviceOptions },
  examples: ["carillon campaign status cmp_0mf3k9t2q --follow"],
  run: (given, io) => act(given, io, (client, id) => client.campaigns.get(id)),
};

function step(
  name: Step,
  about: string,
  options: Readonly<Record<string, OptionSpec>> = {},
): Command {
  return {
    name: `campaign ${name}`,
    about,
    arguments: [idArgument()],
    options: { ...options, ...serviceOptions },
    examples: [`carillon campaign ${name} cmp_0mf3k9t2q`],
    run: (given, io) => act(given, io, (client, id) => client.campaigns[name](id)),
  };
}

async function act(
  given: Given,
  io: Io,
  call: (client: CarillonClient, id: string) => Promise<Campaign>,
): Promise<number> {
  const client = await connect(given, io);
  const campaign = await call(client, given.argument("ID") ?? "");
  return showCampaign(client, campaign, given, io);
}

function idArgument() {
  return {
    name: "ID",
    about: "the campaign's id; `carillon campaign list` shows it.",
    required: true,
  };
}
