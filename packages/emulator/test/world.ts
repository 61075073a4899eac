import {
  createEmulator,
  createVirtualClock,
  type Emulator,
  type EmulatorOptions,
  type JsonObject,
  type PostToBot,
} from "../src/index.ts";

export const startAt = Date.UTC(2026, 10, 24, 9, 0, 0);

/** An activity as the bot of a test received it. */
export interface Received {
  readonly activity: JsonObject;
  readonly authorization: string | undefined;
}

/** An emulator on a virtual clock, with a bot that keeps what it gets. */
export function world(options: EmulatorOptions = {}) {
  const clock = createVirtualClock(startAt);
  const received: Received[] = [];
  const lines: string[] = [];
  const replies: { status: number; body?: unknown }[] = [];
  const post: PostToBot = async (_url, init) => {
    received.push({
      activity: JSON.parse(init.body),
      authorization: init.headers.authorization,
    });
    const reply = replies.shift() ?? { status: 200 };
    return { status: reply.status, text: async () => JSON.stringify(reply.body ?? {}) };
  };
  const emulator = createEmulator({
    people: 50,
    clock,
    post,
    botEndpoint: "http://bot.example/api/messages",
    log: (line) => lines.push(line),
    ...options,
  });
  return { emulator, clock, received, replies, lines, ...client(emulator) };
}

/** What a bot does: gets tokens, calls the connector. */
export function client(emulator: Emulator) {
  let bearer: string | undefined;
  const token = async (change: Readonly<Record<string, string>> = {}, segment?: string) => {
    const bot = emulator.bot();
    const form = {
      grant_type: "client_credentials",
      client_id: bot.clientId,
      client_secret: bot.clientSecret,
      scope: bot.scope,
      ...change,
    };
    const response = await emulator.fetch(
      `${bot.loginUrl}/${segment ?? bot.tenantId}/oauth2/v2.0/token`,
      { method: "POST", body: new URLSearchParams(form) },
    );
    return { status: response.status, headers: response.headers, body: await json(response) };
  };
  const call = async (
    method: string,
    path: string,
    body?: unknown,
    change: { readonly token?: string; readonly base?: string } = {},
  ) => {
    if (change.token === undefined) bearer ??= String((await token()).body.access_token);
    const response = await emulator.fetch(`${change.base ?? emulator.bot().serviceUrl}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${change.token ?? bearer}`,
        "content-type": "application/json",
      },
      ...(body === undefined
        ? {}
        : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    return { status: response.status, headers: response.headers, body: await json(response) };
  };
  const say = (conversationId: string, activity: object = { type: "message", text: "Hello" }) =>
    call("POST", `v3/conversations/${encodeURIComponent(conversationId)}/activities`, activity);
  const control = async (method: string, path: string, body?: unknown) => {
    const response = await emulator.fetch(`${emulator.bot().loginUrl}/_emulator/${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: await json(response) };
  };
  const forget = () => {
    bearer = undefined;
  };
  return { token, call, say, control, forget };
}

/** The only activity, or the one at a place. */
export function activityAt(received: readonly Received[], at = 0): JsonObject {
  const one = received[at];
  if (!one) throw new Error(`no activity number ${at} was received`);
  return one.activity;
}

/** A card of one text and some buttons. */
export function card(...actions: readonly object[]) {
  return {
    contentType: "application/vnd.microsoft.card.adaptive",
    content: {
      type: "AdaptiveCard",
      version: "1.5",
      body: [{ type: "TextBlock", text: "Shift swap" }],
      actions,
    },
  };
}

async function json(response: Response) {
  const text = await response.text();
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
