import type { Command } from "./command.ts";
import { campaignEdit, campaignRecall } from "./commands/campaign-change.ts";
import { campaignCreate } from "./commands/campaign-create.ts";
import { campaignDeliveries } from "./commands/campaign-deliveries.ts";
import { campaignExport } from "./commands/campaign-export.ts";
import { campaignList } from "./commands/campaign-list.ts";
import { campaignPreflight } from "./commands/campaign-preflight.ts";
import { campaignRetry } from "./commands/campaign-retry.ts";
import {
  campaignCancel,
  campaignPause,
  campaignResume,
  campaignStart,
  campaignStatus,
} from "./commands/campaign-steps.ts";
import { dbBackup } from "./commands/db-backup.ts";
import { dbCheck } from "./commands/db-check.ts";
import { dbCopy } from "./commands/db-copy.ts";
import { demo } from "./commands/demo.ts";
import { emulator } from "./commands/emulator.ts";
import { explain } from "./commands/explain.ts";
import { people } from "./commands/people.ts";
import { peopleShow } from "./commands/people-show.ts";
import { send } from "./commands/send.ts";
import { serve } from "./commands/serve.ts";
import { status } from "./commands/status.ts";
import { teams } from "./commands/teams.ts";
import { teamsChannels } from "./commands/teams-channels.ts";
import { uncertain, uncertainLeave, uncertainResend } from "./commands/uncertain.ts";
import { worker } from "./commands/worker.ts";

/** Every command, in the order of the help. */
export const commands: readonly Command[] = [
  demo,
  serve,
  worker,
  emulator,
  status,
  send,
  campaignCreate,
  campaignList,
  campaignPreflight,
  campaignStart,
  campaignStatus,
  campaignPause,
  campaignResume,
  campaignCancel,
  campaignEdit,
  campaignRecall,
  campaignRetry,
  campaignDeliveries,
  campaignExport,
  uncertain,
  uncertainResend,
  uncertainLeave,
  explain,
  people,
  peopleShow,
  teams,
  teamsChannels,
  dbBackup,
  dbCheck,
  dbCopy,
];
