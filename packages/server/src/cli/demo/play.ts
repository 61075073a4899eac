import type { CampaignSummary, CarillonClient } from "@carillon/client";
import { resultLines } from "../campaign-report.ts";
import { followCampaign } from "../follow.ts";
import type { Interruption } from "../interrupt.ts";
import { countWords } from "../terminal/words.ts";
import { demoCampaign } from "./demo-campaign.ts";
import type { DemoRequest, Stage } from "./stage.ts";

/** The installs, the campaign, and the table of what became of everyone. Ends early when it is interrupted. */
export async function play(stage: Stage, request: DemoRequest, stop: Interruption): Promise<void> {
  const { io, screen } = stage;
  await installEverywhere(stage, request, stop);
  if (stop.signal.aborted) return;
  const campaign = await runCampaign(stage, request, stop);
  screen.print(
    "",
    ...resultLines(campaign, { style: screen.style, width: screen.width(), now: io.now() }),
  );
}

async function installEverywhere(
  stage: Stage,
  { people, teams }: DemoRequest,
  stop: Interruption,
): Promise<void> {
  const { controls, screen, story, service, io, progress } = stage;
  await controls.setBotEndpoint(`${service.url}/api/messages`);
  if (progress.installed) {
    story.step("The bot is installed already: the emulator knows what the last one knew.");
    return;
  }
  story.step(
    "The bot is installed: for each person, Teams tells the service so with signed activities.",
  );
  const startedAt = io.now();
  const shown = (job: { readonly done: number; readonly total: number }) => {
    const seconds = Math.max(0.001, (io.now() - startedAt) / 1000);
    const perSecond = job.done / seconds;
    const etaSeconds = perSecond > 0 ? (job.total - job.done) / perSecond : null;
    return { label: "   Installing", done: job.done, total: job.total, perSecond, etaSeconds };
  };
  const installed = await controls.install("all", (job) => screen.progress(shown(job)));
  screen.settle(shown(installed));
  if (stop.signal.aborted) return;
  for (let team = 0; team < teams; team += 1) await controls.install({ team });
  const leaving = await controls.reachable(Math.max(1, Math.round(people / 100)));
  if (leaving.length > 0) await controls.uninstall(leaving);
  await service.carillon.inbound.drain();
  progress.installed = true;
  const counts = await whenRostersAreRead(stage, people);
  story.note(
    `${countWords(counts.people)} people are known, by name from the teams' rosters; ${countWords(people - installed.total)} never got the app, and ${countWords(counts.removed)} removed it again.`,
  );
  story.note("Some have blocked the bot: Teams tells nobody of that before a message is refused.");
}

/** The bot reads the rosters of its teams by itself; one of them holds everyone. Not waited for longer than a few seconds. */
async function whenRostersAreRead({ io, client }: Stage, people: number) {
  for (let waits = 0; ; waits += 1) {
    const { counts } = await client.status();
    if (counts.people >= people || waits >= 50) return counts;
    await io.sleep(100);
  }
}

async function runCampaign(
  { screen, story, client }: Stage,
  request: DemoRequest,
  stop: Interruption,
): Promise<CampaignSummary> {
  const open = await openCampaign(client);
  if (open !== null) {
    story.step(`The campaign "${open.name}" goes on where the last demo ended.`);
    return followCampaign(client, open, screen, stop.signal);
  }
  const { campaign, file } = demoCampaign();
  const from = file === null ? "" : `, from ${file},`;
  const pace =
    request.rps === 50
      ? "50 requests a second, Teams' own limit"
      : `${request.rps} requests a second`;
  story.step(`The campaign "${campaign.name}"${from} goes to everyone,`, `at most ${pace}.`);
  const draft = await client.campaigns.create(campaign);
  const started = await client.campaigns.start(draft.id);
  return followCampaign(client, started, screen, stop.signal);
}

/** A campaign that runs already; null where there is none. */
async function openCampaign(client: CarillonClient): Promise<CampaignSummary | null> {
  const { items } = await client.campaigns.list({ limit: 20 });
  return items.find(({ state }) => state === "expanding" || state === "sending") ?? null;
}
