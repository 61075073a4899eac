import type { CampaignId } from "../../../server/src/domain/ids.ts";
import { noAnswer } from "../../../server/src/domain/outcome.ts";
import type { Connector } from "../../../server/src/engine/ports/connector.ts";
import type { Campaign, Store } from "../../../server/src/engine/ports/store.ts";
import { overlay } from "../../src/overlay.ts";
import type { Sabotage } from "../../src/simulation/world/sabotage.ts";
import { canaryOf } from "./calm-plan.ts";
import { connector, ledger } from "./sabotage-ports.ts";

/** Each makes what is decided about campaigns wrong in one way. */

/** Takes a retry for carried out before it is. */
export function forgetsRetry(): Sabotage {
  return ledger(() => ({ retryRows: async () => ({ retried: 0, isDone: true }) }));
}

/** Sends again what its author wanted to be left. */
export function resendsHeld(): Sabotage {
  return creating({ onUncertain: "resend" });
}

/** After each update it makes the first one of that message again. */
export function replaysFirstUpdate(): Sabotage {
  const first = new Map<string, string>();
  return {
    transport: (real) => ({
      request: async (request) => {
        const result = await real.request(request);
        if (request.method !== "PUT" || request.body === undefined) return result;
        const body = first.get(request.url) ?? request.body;
        first.set(request.url, body);
        if (body !== request.body) await real.request({ ...request, body });
        return result;
      },
    }),
  };
}

/** Says that Teams took an update, and makes none. */
export function pretendsUpdate(): Sabotage {
  return connector(() => ({
    updateActivity: async () => ({ ...accepted, value: { activityId: null } }),
  }));
}

/** Says that Teams took a delete, and makes none. */
export function pretendsDelete(): Sabotage {
  return connector(() => ({ deleteActivity: async () => ({ ...accepted, value: null }) }));
}

/** Never finds what is to be recalled. */
export function forgetsRecallAt(): Sabotage {
  return ledger(() => ({ campaignsToRecall: async () => [] }));
}

export function forgetsCanary(): Sabotage {
  return creating({ canary: null, canaryLeft: null });
}

/** Lets a canary that is to wait for a person go on by itself. */
export function canaryGoesOn(): Sabotage {
  return ledger((real) => ({
    createCampaign: (request) => {
      const { canary: asked } = request.campaign;
      const canary = asked === null ? null : canaryOf(asked, "continue");
      return real.createCampaign({ ...request, campaign: { ...request.campaign, canary } });
    },
  }));
}

export function forgetsStop(): Sabotage {
  return creating({ stopWhen: null });
}

export function forgetsCap(): Sabotage {
  return creating({ ratePerSecond: null });
}

/** Makes edits without the cap of the campaign. */
export function forgetsCapOfEdits(): Sabotage {
  return ledger((real) => ({
    createChange: (request) =>
      real.createChange({ ...request, change: { ...request.change, ratePerSecond: null } }),
  }));
}

/** Puts off what is urgent, and answers, for five seconds. */
export function postponesUrgent(): Sabotage {
  return ledger((real) => ({
    createCampaign: (request) => {
      const { campaign } = request;
      if (campaign.priority !== "urgent" && campaign.priority !== "interactive")
        return real.createCampaign(request);
      const sendAt = campaign.createdAt + 5_000;
      return real.createCampaign({
        ...request,
        campaign: { ...campaign, state: "scheduled", sendAt },
      });
    },
  }));
}

/** Takes every activity for one that came before. */
export function knowsAllActivities(): Sabotage {
  const store = (real: Store) =>
    overlay(real, {
      inbound: overlay(real.inbound, {
        recordActivity: async (raw) =>
          raw.body.includes("ask mark-") ? "duplicate" : real.inbound.recordActivity(raw),
      }),
    });
  return { store };
}

/** Shows a campaign that was just paused as finished, once. */
export function misreadsOnce(): Sabotage {
  const misread = new Set<CampaignId>();
  return ledger((real) => ({
    getCampaign: async (id) => {
      const campaign = await real.getCampaign(id);
      if (campaign?.state !== "paused" || misread.has(id)) return campaign;
      misread.add(id);
      return { ...campaign, state: "finished" };
    },
  }));
}

/** Reads each roster once, and takes it for what it is from then on. */
export function keepsRosters(): Sabotage {
  const kept = new Map<string, ReturnType<Connector["getMembersPage"]>>();
  return connector((real) => ({
    getMembersPage: (address, request, signal) => {
      const key = JSON.stringify(request);
      const page = kept.get(key) ?? real.getMembersPage(address, request, signal);
      kept.set(key, page);
      return page;
    },
  }));
}

const accepted = {
  outcome: { kind: "accepted" },
  evidence: { ...noAnswer(null, 1), status: 200 },
} as const;

function creating(change: Partial<Campaign>): Sabotage {
  return ledger((real) => ({
    createCampaign: (request) =>
      real.createCampaign({ ...request, campaign: { ...request.campaign, ...change } }),
  }));
}
