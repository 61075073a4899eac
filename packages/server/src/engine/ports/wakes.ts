/**
 * Hints between the processes on one database. Whatever they tell of is found by looking, too, twice a second: so a hint may be
 * lost, come late or come twice, and no driver has to have them.
 *
 * One hint, walked through: the API of a process stores a notification. Once that is committed, the store tells every other
 * process that there is work in the lane of (bot, tenant); the one that holds the lane, or takes it, claims at once instead of at
 * its next look. Nothing is told for each row: only when a campaign that had nothing to send has something due, and when
 * somebody moves a campaign.
 */
import type { BotId, CampaignId, TenantId } from "../../domain/ids.ts";

/** What another process has just stored. */
export type Wake =
  | {
      /** A campaign that had nothing to send has something that is due. */
      readonly kind: "work";
      readonly botId: BotId;
      readonly tenantId: TenantId;
      /** How many of its deliveries are urgent, as far as that is told: at least one where any is. */
      readonly urgent: number;
    }
  | {
      /** A campaign is in another state, or has another message, or is to try something again. */
      readonly kind: "moved";
      readonly botId: BotId;
      readonly tenantId: TenantId;
      readonly id: CampaignId;
    }
  | {
      /** Hints may have been missed. */
      readonly kind: "all";
    };

/** The part of a store that tells what other processes do. */
export interface WakeSource {
  /**
   * Tells from now on what other processes have stored, and never what this one has; `all` first, and again whenever it could
   * not listen for a while. Listeners must not throw. Answers how to stop.
   */
  watch(onWake: (wake: Wake) => void): () => void;
}
