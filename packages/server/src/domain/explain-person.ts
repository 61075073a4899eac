import type { Person } from "./directory.ts";
import { type Explanation, instantText } from "./explain-delivery.ts";

/** Whether a person can be reached, why not, and what to do, from what the directory knows. */
export function explainPerson(person: Person): Explanation {
  const who = nameOf(person);
  const { install, blockedAt, conversationId } = person;
  if (blockedAt !== null)
    return {
      line: `${who} blocked the bot, which Teams told at ${instantText(blockedAt)}, so nothing is tried until they add the app again or write to the bot. Only they can change it.`,
      next: "person",
    };
  if (install === "removed")
    return {
      line: `${who} has not got the app any more, so nothing is tried until it is added again. Only they, or an administrator, can change it.`,
      next: "person",
    };
  const chat =
    conversationId === null
      ? "their chat is created with the next message"
      : "their chat with the bot is known";
  if (install === "installed")
    return { line: `${who} can be reached: they have the app, and ${chat}.`, next: "nothing" };
  if (conversationId !== null)
    return {
      line: `${who} can be reached: ${chat}, though nothing was heard of the app.`,
      next: "nothing",
    };
  return {
    line: `${who} is known, and nothing was heard of the app: the next message shows whether they have it.`,
    next: "nothing",
  };
}

/** What to call a person: the name, else the UPN, else the id. */
export function nameOf({ name, userPrincipalName, id }: Person): string {
  return name ?? userPrincipalName ?? id;
}

/** The host of a service URL, or null where there is none. */
export function hostOf(serviceUrl: string | null): string | null {
  return /^https?:\/\/([^/?#]+)/i.exec(serviceUrl ?? "")?.[1]?.toLowerCase() ?? null;
}
