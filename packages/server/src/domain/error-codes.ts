/**
 * Every error that leaves the process: in a problem document, a delivery row, an exit line.
 * `docs/reference/errors.md` has one section for each; a test fails when the two differ.
 * `what` is a sentence for a person; `next` says what to do about it; `status` is the HTTP status where it answers a request.
 */
export const errorCodes = {
  // requests to our API
  REQUEST_INVALID: {
    status: 400,
    what: "The request is not of the form the API takes.",
    next: "Correct the fields that the answer names.",
  },
  REQUEST_JSON_MALFORMED: {
    status: 400,
    what: "The body is not valid JSON.",
    next: "Correct it at the position that the answer names.",
  },
  REQUEST_CONTENT_TYPE_WRONG: {
    status: 415,
    what: "The body is not declared to be JSON.",
    next: "Send it with `Content-Type: application/json`.",
  },
  REQUEST_TOO_LARGE: {
    status: 413,
    what: "The request body is over the limit.",
    next: "Send a smaller body.",
  },
  API_KEY_MISSING: {
    status: 401,
    what: "The request has no API key.",
    next: "Send `Authorization: Bearer <key>`; the service printed its first key at its first start.",
  },
  API_KEY_WRONG: {
    status: 401,
    what: "The API key is not one of this service's.",
    next: "Check the key, and that it is meant for this service.",
  },
  ROUTE_UNKNOWN: {
    status: 404,
    what: "There is no such route.",
    next: "See /openapi.json for the routes there are.",
  },
  ROUTE_METHOD_WRONG: {
    status: 405,
    what: "The route does not take this method.",
    next: "Use one of the methods that the answer's `Allow` header names.",
  },
  CAMPAIGN_UNKNOWN: {
    status: 404,
    what: "There is no campaign with this id.",
    next: "List the campaigns to find its id.",
  },
  NOTIFICATION_UNKNOWN: {
    status: 404,
    what: "There is no notification with this id.",
    next: "Check the id that the request for it answered. A notification is removed some days after its end where CARILLON_KEEP_RECIPIENTS_DAYS says so.",
  },
  PERSON_UNKNOWN: {
    status: 404,
    what: "The directory does not know this person.",
    next: "Check the spelling; people are learnt when they install the app, write to the bot, or are in a team that has it.",
  },
  TEAM_UNKNOWN: {
    status: 404,
    what: "The directory does not know this team.",
    next: "Add the bot to the team; it then tells us of itself.",
  },
  CAMPAIGN_STATE_CONFLICT: {
    status: 409,
    what: "The campaign's state does not allow this.",
    next: "Take a step that its state allows; the answer names the state, and `carillon campaign status` what can be done.",
  },
  CAMPAIGN_ROWS_FORGOTTEN: {
    status: 410,
    what: "The campaign's rows are not kept any more.",
    next: "Its counters and reasons are kept for good; how long rows are kept is set by CARILLON_KEEP_RECIPIENTS_DAYS and CARILLON_KEEP_ATTEMPTS_DAYS.",
  },
  DELIVERY_UNKNOWN: {
    status: 404,
    what: "The campaign has no delivery to this recipient.",
    next: "List the campaign's deliveries to find how the recipient is named there.",
  },
  DELIVERY_NOT_RETRIABLE: {
    status: 409,
    what: "This delivery cannot be tried again.",
    next: "Read the delivery's state and code; the answer names them.",
  },
  DELIVERY_NOT_UNCERTAIN: {
    status: 409,
    what: "This delivery is not uncertain, so there is nothing to decide about it.",
    next: "Read the delivery's state; the answer names it. A failed one can be retried.",
  },
  CAMPAIGN_RECALLED: {
    status: 409,
    what: "It was recalled, so that nothing of it can be edited or sent any more.",
    next: "Send a new message.",
  },
  IDEMPOTENCY_KEY_REUSED: {
    status: 409,
    what: "The Idempotency-Key was used before with another body.",
    next: "Use a new key for a new request, or repeat the old body exactly.",
  },
  TENANT_UNKNOWN: {
    status: 422,
    what: "It is not clear which tenant is meant.",
    next: "Set TENANT_ID, or let the bot be installed in a tenant first.",
  },
  RECIPIENT_UNKNOWN: {
    status: 422,
    what: "The recipient is not known and cannot be looked up.",
    next: "Use the Entra object id, let the person install the app first, or let Microsoft Graph be asked (CARILLON_GRAPH_USERS).",
  },
  TARGET_UNSUPPORTED: {
    status: 422,
    what: "Teams cannot do this target.",
    next: "The answer gives the platform's reason and what can be done instead.",
  },
  MESSAGE_INVALID: {
    status: 422,
    what: "The message is not one that Teams takes.",
    next: "Correct what the answer names.",
  },
  MESSAGE_TOO_BIG: {
    status: 422,
    what: "The message is over Teams' size limit.",
    next: "Make the part that the answer names smaller; host images instead of inlining them.",
  },
  MESSAGE_FIELD_MISSING: {
    status: 422,
    what: "A field in the message has no value for this recipient.",
    next: "Give it in `data`, or write a default as ${field|default}.",
  },
  // why a delivery ended as it did
  TEAMS_APP_NOT_INSTALLED: {
    what: "The app is not installed for this person.",
    next: "Install it for them, or let them add it.",
  },
  TEAMS_APP_REMOVED: {
    what: "The person removed the app, so nothing was tried.",
    next: "They hear from us again once they add the app.",
  },
  TEAMS_BLOCKED_BY_USER: {
    what: "The person blocked the bot, or the conversation takes no messages from it.",
    next: "Only the person can undo it; we try again after the next install or message.",
  },
  TEAMS_DISABLED_BY_ADMIN: {
    what: "An app policy of the organisation keeps this person from the app.",
    next: "Ask the Teams administrator to allow the app for them.",
  },
  TEAMS_NOT_IN_CONVERSATION: {
    what: "The bot is no longer in this conversation.",
    next: "Add it again; it tells us of itself.",
  },
  TEAMS_CONVERSATION_GONE: {
    what: "The conversation is gone, and could not be created again.",
    next: "For a chat or channel: add the bot again. For a person: install the app again.",
  },
  TEAMS_MESSAGE_GONE: {
    what: "The message is not there any more, so it cannot be edited.",
    next: "Send a new one if it still matters.",
  },
  TEAMS_WRONG_HOST: {
    what: "Teams refused the host, and the other cloud's host did not help.",
    next: "Check CLOUD and CARILLON_SERVICE_URL, restart the service, then retry the failed ones.",
  },
  TEAMS_REJECTED: {
    what: "Teams refused the message with a status that must not be retried.",
    next: "The same message would be refused again: see Teams' code and text with `carillon explain`, correct the message, and send a new one.",
  },
  TEAMS_NOT_PERMITTED: {
    what: "The bot lacks a permission in this scope.",
    next: "Grant the permission that Teams' text names, which `carillon explain` shows; then retry.",
  },
  TEAMS_TOO_BIG: {
    what: "Teams refused the message for its size.",
    next: "Make the message smaller, and send it as a new one; host images instead of inlining them.",
  },
  TEAMS_THROTTLED: {
    what: "Teams asked us to slow down until the delivery's deadline passed.",
    next: "Retry the failed ones later, with `carillon campaign retry`; look for other senders that use the same bot.",
  },
  TEAMS_UNAVAILABLE: {
    what: "Teams could not be reached, or answered with errors, until the delivery's deadline passed.",
    next: "Check the connection and Teams' service health, then retry the failed ones with `carillon campaign retry`.",
  },
  TEAMS_UNCERTAIN: {
    what: "The message may have arrived: the answer was lost.",
    next: "Leave it, or send it again and accept that it may arrive twice: `carillon uncertain`.",
  },
  DELIVERY_LEFT_UNCERTAIN: {
    what: "The message may have arrived, and somebody decided to leave it at that.",
    next: "Nothing to do. To send it after all, retry this recipient by name.",
  },
  TEAMS_UNAUTHORIZED: {
    what: "Teams refused the bot's own credentials.",
    next: "Check CLIENT_ID, CLIENT_SECRET (it may have expired) and TENANT_ID; it is tried again by itself.",
  },
  GRAPH_REFUSED: {
    what: "Microsoft Graph refuses what the bot asks in this tenant, so people are looked up without it.",
    next: "Let an admin of the tenant consent to the application permission User.Read.All for the bot's app registration; it is asked again by itself.",
  },
  GRAPH_UNAVAILABLE: {
    what: "Microsoft Graph cannot be reached, or answers with errors, so people are looked up without it.",
    next: "Nothing is lost, and it is asked again by itself. Check the connection, CARILLON_GRAPH_URL and Microsoft 365's service health.",
  },
  DELIVERY_EXPIRED: {
    what: "The message expired before Teams accepted it.",
    next: "Send a new one if it still matters.",
  },
  DELIVERY_CANCELLED: {
    what: "The campaign was cancelled before Teams accepted this.",
    next: "Nothing to do.",
  },
  DELIVERY_DUPLICATE: {
    what: "The person turned out to have another delivery in the same campaign, under an id of old.",
    next: "Nothing to do: the other one counts.",
  },
  DELIVERY_ID_UNKNOWN: {
    what: "The message may be there, but Teams' id of it is not known, so it can be neither edited nor recalled.",
    next: "Send a correction as a new message; the delivery of the changed campaign says why there is no id.",
  },
  // what a change waits for
  CAMPAIGN_CHANGE_WAITS: {
    what: "Requests that came before this edit or recall have not ended yet.",
    next: "It begins by itself when they have. What keeps them: `carillon status`.",
  },
  // why a campaign paused by itself
  CAMPAIGN_CANARY_DONE: {
    what: "The campaign's first deliveries are done, and all others wait for a person.",
    next: "Look at what became of them; then resume the campaign to let the others go, or cancel it.",
  },
  CAMPAIGN_FAILURES_PASSED: {
    what: "More deliveries failed than the campaign's author allows, so it paused.",
    next: "Once that is put right, resume the campaign and retry the failed ones; or cancel it.",
  },
  // inbound activities
  INBOUND_UNAUTHENTICATED: {
    status: 401,
    what: "The activity's token is missing or wrong.",
    next: "Only Teams calls this endpoint; the log names the check that failed.",
  },
  INBOUND_FORBIDDEN: {
    status: 403,
    what: "The activity's token does not allow this activity.",
    next: "Nothing was believed of it. The log names the check that failed, such as a tenant that is not let in.",
  },
  INBOUND_NOT_AN_ACTIVITY: {
    status: 400,
    what: "The body is not an activity.",
    next: "An activity has a type, an id and a conversation.",
  },
  // service
  SERVICE_UNAVAILABLE: {
    status: 503,
    what: "The service cannot do this now.",
    next: "Try again; the answer says why.",
  },
  SERVICE_UNREACHABLE: {
    what: "No Carillon service answers at this address.",
    next: "Start one with `npx carillon serve`, or set CARILLON_URL.",
  },
  JOB_GIVEN_UP: {
    what: "Work on it was begun ten times and never came to an end, so it is not tried again by itself.",
    next: "See what `job.failed` says in the log, and put that right; then pause and resume the campaign, which tries it again.",
  },
  INTERNAL: {
    status: 500,
    what: "Something went wrong that we did not foresee.",
    next: "Report it with the request id that the answer names.",
  },
  CONFIG_INVALID: {
    what: "The configuration is wrong.",
    next: "Correct the setting that the message names; see docs/reference/config.md.",
  },
  CONFIG_UNKNOWN_KEY: {
    what: "A setting has a name that does not exist.",
    next: "Use the nearest name that the message gives.",
  },
  EMULATOR_UNREACHABLE: {
    what: "No emulator answers at this address.",
    next: "Start one with `npx carillon emulator`, or correct CARILLON_EMULATOR_URL.",
  },
  PORT_TAKEN: {
    what: "Another process listens on this port.",
    next: "Stop it, or choose another port with --port.",
  },
  STORE_NEWER: {
    what: "The database was written by a newer Carillon.",
    next: "Use that version or a newer one; nothing was changed.",
  },
  STORE_READ_ONLY: {
    what: "The database takes no writes.",
    next: "Where a PostgreSQL standby answered, as in a failover: sending goes on by itself once CARILLON_DATABASE_URL leads to the primary. Otherwise give this user the right to write: to the file and its folder, or in the database.",
  },
  STORE_FULL: {
    what: "The database's disk is full.",
    next: "Free some space; sending goes on by itself. Nothing that was accepted is lost.",
  },
  STORE_SLOW: {
    what: "The database is slow.",
    next: "Sending goes on, more slowly. Look for what else uses the disk or the database.",
  },
  STORE_LOCKED: {
    what: "Another process keeps this database locked.",
    next: "Stop the other process that holds it, such as a backup tool or a database shell; sending goes on by itself. Other Carillons are none: they hold it for moments.",
  },
  STORE_IN_USE: {
    what: "Another process works on this database.",
    next: "Stop every `carillon serve` and `carillon worker` on it first.",
  },
  STORE_UNREACHABLE: {
    what: "The database server cannot be reached.",
    next: "Start it, or correct CARILLON_DATABASE_URL; sending goes on by itself once it answers.",
  },
  STORE_REFUSED: {
    what: "The database server refused the connection.",
    next: "Correct the user, password, database or TLS settings in CARILLON_DATABASE_URL.",
  },
  STORE_BUSY: {
    what: "The database server had no connection, lock or time left for this.",
    next: "Give it more connections, or look for what holds it up; sending goes on by itself.",
  },
  STORE_CORRUPT: {
    what: "This is not a Carillon database, or it is damaged.",
    next: "See what `carillon db check` says of it; restore a backup, or choose another one with CARILLON_DATABASE_URL.",
  },
  STORE_FAILED: {
    what: "The database failed.",
    next: "Read its own words, which stand behind this in the log and in the campaign's attention; sending goes on by itself once it works again.",
  },
} as const satisfies Record<string, { what: string; next: string; status?: number }>;

/** A stable code, `AREA_REASON`. */
export type ErrorCode = keyof typeof errorCodes;
