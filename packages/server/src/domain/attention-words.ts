import { type ErrorCode, errorCodes } from "./error-codes.ts";

/** What stands in the way, and what to do about it, in two sentences for a person; everyone may read them. */
export function attentionWords(code: ErrorCode): { readonly what: string; readonly next: string } {
  return meanwhile[code] ?? errorCodes[code];
}

/** Where the sentences of a delivery's end would not do for something that may still pass. */
const meanwhile: Partial<
  Readonly<Record<ErrorCode, { readonly what: string; readonly next: string }>>
> = {
  TEAMS_UNAVAILABLE: {
    what: "Teams cannot be reached, or answers with errors.",
    next: "Nothing is lost, and it goes on by itself. Check the connection and Teams' service health.",
  },
  TEAMS_THROTTLED: {
    what: "Teams asks this bot to slow down.",
    next: "Nothing is lost, and it goes on by itself. Look for other senders that use the same bot.",
  },
  TEAMS_UNAUTHORIZED: {
    what: "Teams refuses the bot's own credentials.",
    next: "Check CLIENT_ID, CLIENT_SECRET (it may have expired) and TENANT_ID. It is tried again by itself.",
  },
  TEAMS_WRONG_HOST: {
    what: "Many recipients in a row are at an address that no token may go to.",
    next: "Check CLOUD, CARILLON_SERVICE_URL and CARILLON_TRUSTED_HOSTS. It is tried again by itself.",
  },
  TEAMS_UNCERTAIN: {
    what: "Answers are lost, so that nobody knows what arrived.",
    next: "Check the connection. Each message is sent again a few times at most, and stays uncertain then.",
  },
};
