import type { CampaignState } from "../../../server/src/domain/campaign.ts";
import type { Settlement } from "../../../server/src/engine/ports/store.ts";
import type { Sabotage } from "../../src/simulation/world/sabotage.ts";
import { connector, ledger } from "./sabotage-ports.ts";

/** Each makes the product wrong in one way. */

/** Never writes what became of one person. */
export function forgetsSettlement(): Sabotage {
  let forgotten: string | null = null;
  return settling((settlement) => {
    forgotten ??= settlement.recipient;
    return settlement.recipient === forgotten ? [] : [settlement];
  });
}

export function forgetsAttempts(): Sabotage {
  return settling((settlement) => [{ ...settlement, attempts: [], requests: 0 }]);
}

export function miscounts(): Sabotage {
  return ledger((real) => ({
    counts: async (id) => {
      const { counts, ...rest } = await real.counts(id);
      return { counts: { ...counts, accepted: counts.accepted + 1 }, ...rest };
    },
  }));
}

/** Says of each row that it was tried once less than at the look before. */
export function unlearns(): Sabotage {
  let looks = 1_000;
  return ledger((real) => ({
    listDeliveries: async (...args) => {
      const page = await real.listDeliveries(...args);
      looks -= 1;
      return { ...page, items: page.items.map((row) => ({ ...row, attempts: looks })) };
    },
  }));
}

/** Never says why. */
export function forgetsCodes(): Sabotage {
  return ledger((real) => ({
    listDeliveries: async (...args) => {
      const page = await real.listDeliveries(...args);
      return { ...page, items: page.items.map((row) => ({ ...row, code: null })) };
    },
  }));
}

export function dropsOneRecipient(): Sabotage {
  return ledger((real) => ({
    expand: (request) => {
      const { add } = request;
      if (add.kind !== "recipients") return real.expand(request);
      return real.expand({ ...request, add: { ...add, deliveries: add.deliveries.slice(1) } });
    },
  }));
}

export function forgetsExclusions(): Sabotage {
  return ledger((real) => ({
    expand: (request) =>
      real.expand(
        request.add.kind === "exclusions"
          ? { ...request, add: { kind: "exclusions", keys: [] } }
          : request,
      ),
  }));
}

export function dropsKey(): Sabotage {
  return ledger((real) => ({
    createCampaign: ({ idempotency: _, ...request }) => real.createCampaign(request),
  }));
}

export function postpones(): Sabotage {
  let left = 1;
  return ledger((real) => ({
    createCampaign: (request) => {
      left -= 1;
      if (left !== 0) return real.createCampaign(request);
      const { campaign } = request;
      const sendAt = campaign.createdAt + 5_000;
      return real.createCampaign({
        ...request,
        campaign: { ...campaign, state: "scheduled", sendAt },
      });
    },
  }));
}

export function forgetsExpiry(): Sabotage {
  return ledger((real) => ({
    createCampaign: ({ campaign, ...request }) =>
      real.createCampaign({ ...request, campaign: { ...campaign, expiresAt: null } }),
  }));
}

/** Answers a pause or a cancel, and makes neither. */
export function ignoresMove(): Sabotage {
  return withoutMovesTo(["paused", "cancelled"]);
}

/** Answers a cancel, and does not make it. */
export function ignoresCancel(): Sabotage {
  return withoutMovesTo(["cancelled"]);
}

function withoutMovesTo(states: readonly CampaignState[]): Sabotage {
  return ledger((real) => ({
    moveCampaign: (request) =>
      states.includes(request.to) ? real.getCampaign(request.id) : real.moveCampaign(request),
  }));
}

export function thinksAllInstalled(): Sabotage {
  return ledger((real) => ({
    takeTurn: async (request) => {
      const result = await real.takeTurn(request);
      const claimed = result.claimed.map((claim) =>
        claim.person === null
          ? claim
          : { ...claim, person: { ...claim.person, install: "installed" as const } },
      );
      return { ...result, claimed };
    },
  }));
}

/** Whoever asks for the lane first gets it a few times, from a holder who works on it. */
export function givesLaneTwice(): Sabotage {
  let left = 30;
  return ledger((real) => ({
    openLanes: async (bot) => {
      const lanes = await real.openLanes(bot);
      return left > 0 ? lanes.map((lane) => ({ ...lane, holder: null })) : lanes;
    },
    acquireLane: async (request) => {
      const got = await real.acquireLane(request);
      if ("hold" in got || left === 0) return got;
      left -= 1;
      return real.acquireLane({ ...request, from: got.holder });
    },
  }));
}

export function neverReleases(): Sabotage {
  return ledger(() => ({ releaseLane: () => new Promise(() => {}) }));
}

export function acceptsUnsent(): Sabotage {
  return connector((real) => ({
    sendActivity: async (...args) => {
      const answer = await real.sendActivity(...args);
      if (answer.outcome.kind !== "uncertain") return answer;
      return { ...answer, outcome: { kind: "accepted" }, value: { activityId: null } };
    },
  }));
}

export function sendsTwice(): Sabotage {
  return connector((real) => ({
    sendActivity: async (...args) => {
      await real.sendActivity(...args);
      return real.sendActivity(...args);
    },
  }));
}

/** What is for one person goes to the one before, too. */
export function sendsToStranger(): Sabotage {
  return {
    transport: (real) => ({
      request: (request) => {
        const { body = "" } = request;
        if (!body.includes("mark-")) return real.request(request);
        return real.request({ ...request, body: body.replace("mark-0-", "mark-stranger-") });
      },
    }),
  };
}

export function ignoresRetryAfter(): Sabotage {
  return connector((real) => ({
    sendActivity: async (...args) => {
      const answer = await real.sendActivity(...args);
      if (answer.outcome.kind !== "throttled") return answer;
      const outcome = { kind: "transient", reason: "unavailable", retryAfterMs: null } as const;
      return { ...answer, outcome };
    },
  }));
}

/** Requests leave together, every three seconds. */
export function bursts(): Sabotage {
  return {
    transport: (real, clock) => ({
      request: async (request) => {
        await clock.sleep(3_000 - (clock.now() % 3_000));
        return real.request(request);
      },
    }),
  };
}

/** Makes its third request a second time, much later. */
export function asksLate(): Sabotage {
  let count = 0;
  return {
    transport: (real, clock) => ({
      request: (request) => {
        count += 1;
        if (count === 3) void clock.sleep(12_000).then(() => real.request(request));
        return real.request(request);
      },
    }),
  };
}

export function wrongTenant(): Sabotage {
  return {
    transport: (real) => ({
      request: (request) => {
        const { body = "" } = request;
        const strange = body.replaceAll(/"tenantId":"[^"]+"/g, '"tenantId":"strange"');
        const url = request.url.replace(/\/amer\/[^/]+\//, "/amer/strange/");
        return real.request({ ...request, url, ...(body !== "" && { body: strange }) });
      },
    }),
  };
}

export function leaksToken(): Sabotage {
  return {
    transport: (real) => ({
      request: (request) => {
        const url = new URL(request.url);
        url.host = "elsewhere.example";
        return real.request({ ...request, url: url.href });
      },
    }),
  };
}

function settling(change: (settlement: Settlement) => readonly Settlement[]): Sabotage {
  return ledger((real) => ({
    takeTurn: (request) =>
      real.takeTurn({ ...request, settlements: request.settlements.flatMap(change) }),
  }));
}
