import type { DirectoryFact } from "../domain/directory.ts";
import type { Outcome } from "../domain/outcome.ts";
import { type DeliveryRun, personFieldsOf } from "./delivery-run.ts";
import type { Operation } from "./ports/store.ts";

/** What a refusal teaches the directory about the recipient. */
export function factsOf(
  run: DeliveryRun,
  operation: Operation,
  outcome: Outcome,
): readonly DirectoryFact[] {
  if (outcome.kind !== "unreachable") return [];
  const { recipient } = run.claim;
  const { tenantId } = run.campaign.row;
  switch (outcome.reason) {
    case "blocked-by-user":
      return recipient.kind === "person"
        ? [{ fact: "person-blocked", tenantId, personId: recipient.personId }]
        : [];
    case "not-in-roster":
      if (recipient.kind !== "person")
        return gone(run, "The bot is not in the conversation's roster.");
      return operation === "create-conversation" ? [] : [removed(run)];
    case "app-not-installed":
      // Nothing is new of one of whom no install was heard; a removal of which Teams did not tell is.
      return run.claim.person?.install === "installed" ? [removed(run)] : [];
    case "conversation-gone":
      return operation === "create-conversation" ? [] : gone(run, "Teams does not know it.");
    case "disabled-by-admin":
    case "activity-gone":
    case "wrong-host":
      return [];
  }
}

function removed(run: DeliveryRun): DirectoryFact {
  const { tenantId } = run.campaign.row;
  const person = personFieldsOf(run.claim);
  return { fact: "person-install", tenantId, person, install: "removed" };
}

function gone(run: DeliveryRun, reason: string): readonly DirectoryFact[] {
  const { recipient } = run.claim;
  const id = recipient.kind === "channel" ? recipient.channelId : run.conversationId;
  if (id === null) return [];
  return [
    {
      fact: "conversation-gone",
      tenantId: run.campaign.row.tenantId,
      conversationId: id,
      reason,
    },
  ];
}
