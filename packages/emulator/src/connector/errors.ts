import type { WireAnswer } from "../wire.ts";

/** Every refusal of the connector, by a name of ours. Status and code are the platform's. */
export type ErrorName =
  | "bad-argument"
  | "bad-syntax"
  | "unauthorized"
  | "bot-not-registered"
  | "disabled-by-admin"
  | "not-in-roster"
  | "blocked-by-user"
  | "not-installed"
  | "writes-blocked"
  | "writes-blocked-named"
  | "wrong-host"
  | "wrong-region"
  | "not-enough-permissions"
  | "conversation-not-found"
  | "activity-not-found"
  | "member-not-found"
  | "conflict"
  | "precondition-failed"
  | "too-large"
  | "throttled"
  | "server-error"
  | "bad-gateway"
  | "unavailable"
  | "gateway-timeout"
  | "not-emulated";

/** Shape of an error's body. "normal" is the one Teams uses for that error. */
export type ErrorBody = "normal" | "plain" | "html" | "empty";

interface ErrorRow {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

// Statuses and codes: msteams-docs build-conversational-capability.md (2026-05-11), and for BadSyntax, MessageWritesBlocked,
// MemberNotFoundInConversation and ForbiddenOperationException the sources in the README's matrix. Assumed are the code of a
// plain 401, of 409, 503 and 504, of a wrong region, and all texts.
const rows: Record<ErrorName, ErrorRow> = {
  "bad-argument": row(400, "Bad Argument", "The request is malformed."),
  "bad-syntax": row(400, "BadSyntax", "Incorrect conversation creation parameters"),
  unauthorized: row(401, "Unauthorized", "Authorization has been denied for this request."),
  "bot-not-registered": row(401, "BotNotRegistered", "No bot is registered for this application."),
  "disabled-by-admin": row(
    403,
    "BotDisabledByAdmin",
    "The tenant admin has disabled this bot for the user.",
  ),
  "not-in-roster": row(
    403,
    "BotNotInConversationRoster",
    "The bot is not part of the conversation roster.",
  ),
  "blocked-by-user": row(
    403,
    "ConversationBlockedByUser",
    "The user has blocked the conversation with the bot.",
  ),
  "not-installed": row(
    403,
    "ForbiddenOperationException",
    "Bot is not installed in user's personal scope",
  ),
  "writes-blocked": row(403, "MessageWritesBlocked", "Thread is blocked from message writes."),
  "writes-blocked-named": row(
    403,
    "MessageWritesBlocked",
    "Thread is blocked from message writes.",
  ),
  "wrong-host": row(403, "InvalidBotApiHost", "The host is not valid for this tenant's cloud."),
  "wrong-region": row(403, "Forbidden", "The conversation belongs to another region."),
  "not-enough-permissions": row(
    403,
    "NotEnoughPermissions",
    "The bot is not permitted to do this in the scope.",
  ),
  "conversation-not-found": row(404, "ConversationNotFound", "Conversation not found."),
  // The text says "Conversation": clients have to look at the code.
  "activity-not-found": row(404, "ActivityNotFoundInConversation", "Conversation not found."),
  "member-not-found": row(404, "MemberNotFoundInConversation", "Member not found in conversation."),
  conflict: row(409, "Conflict", "The operation is in conflict with another one."),
  "precondition-failed": row(412, "PreconditionFailed", "A concurrent operation failed."),
  "too-large": row(413, "MessageSizeTooBig", "Message size too large."),
  throttled: row(429, "Throttled", "Too many requests."),
  "server-error": row(500, "ServiceError", "Internal server error."),
  "bad-gateway": row(502, "ServiceError", "A dependency failed."),
  unavailable: row(503, "ServiceUnavailable", "The service is unavailable."),
  "gateway-timeout": row(504, "GatewayTimeout", "The gateway timed out."),
  "not-emulated": row(501, "NotImplemented", "The emulator does not imitate this."),
};

/** The answer that refuses a request. */
export function refuse(
  name: ErrorName,
  options: {
    readonly message?: string | undefined;
    /** Another code than the usual one. */
    readonly code?: string | undefined;
    readonly body?: ErrorBody | undefined;
    readonly headers?: Readonly<Record<string, string>>;
  } = {},
): WireAnswer {
  const { status, code, message } = rows[name];
  const text = options.message ?? message;
  const shaped = shape(name, options.code ?? code, text, options.body ?? "normal");
  return {
    status,
    headers: { "content-type": shaped.type, ...options.headers },
    body: shaped.body,
  };
}

function shape(
  name: ErrorName,
  code: string,
  message: string,
  body: ErrorBody,
): { readonly type: string; readonly body: string } {
  switch (body) {
    case "empty":
      return { type: "text/plain", body: "" };
    case "plain":
      return { type: "text/plain; charset=utf-8", body: message };
    case "html":
      return { type: "text/html; charset=utf-8", body: `<html><body>${code}</body></html>` };
    case "normal":
      return {
        type: "application/json; charset=utf-8",
        body:
          name === "writes-blocked" ? nested(code, message) : json({ error: { code, message } }),
      };
  }
}

/** The second documented shape: a numeric code, and JSON inside a string. */
function nested(subCode: string, details: string): string {
  const lines = [
    "{",
    `  "subCode": ${JSON.stringify(subCode)},`,
    `  "details": ${JSON.stringify(details)},`,
    '  "errorCode": null,',
    '  "errorSubCode": null',
    "}",
  ];
  return json({ errorCode: 209, message: lines.join("\r\n") });
}

function json(value: object): string {
  return JSON.stringify(value);
}

function row(status: number, code: string, message: string): ErrorRow {
  return { status, code, message };
}
