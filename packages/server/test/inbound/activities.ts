/** Activities as the platform's documentation shows them, filled in for one made-up tenant. */
import type { Activity } from "../../src/domain/activity.ts";
import { botId, tenantId } from "../../src/domain/ids.ts";

export const bot = botId("11111111-1111-1111-1111-111111111111");
export const tenant = tenantId("22222222-2222-2222-2222-222222222222");
export const ada = {
  id: "29:1abc",
  name: "Ada",
  aadObjectId: "33333333-3333-3333-3333-333333333333",
} as const;
export const serviceUrl = `https://smba.trafficmanager.net/emea/${tenant}/`;
export const teamsTeam = {
  id: "19:team@thread.tacv2",
  name: "Nurses",
  aadGroupId: "4444",
} as const;

const recipient = { id: `28:${bot}`, name: "Bot" };
const common = {
  timestamp: "2026-04-17T01:44:17.332Z",
  channelId: "msteams",
  serviceUrl,
  from: ada,
  recipient,
};

/** An activity of Ada's personal chat with the bot. */
export function personal(fields: Partial<Activity> & { readonly type: string }): Activity {
  return {
    id: "f:5f85c2ad",
    ...common,
    conversation: { id: "a:1xyz", conversationType: "personal", tenantId: tenant },
    channelData: { tenant: { id: tenant } },
    ...fields,
  };
}

/** An activity of the team, about the team itself unless `channelData` says more. */
export function inTeam(fields: Partial<Activity> & { readonly type: string }): Activity {
  const { channelData, ...rest } = fields;
  return {
    id: "f:5f85c2ae",
    ...common,
    conversation: {
      id: teamsTeam.id,
      conversationType: "channel",
      isGroup: true,
      tenantId: tenant,
    },
    ...rest,
    channelData: { tenant: { id: tenant }, team: teamsTeam, ...channelData },
  };
}

/** An activity of a group chat. */
export function inChat(fields: Partial<Activity> & { readonly type: string }): Activity {
  return {
    id: "f:5f85c2af",
    ...common,
    conversation: {
      id: "19:chat@thread.v2",
      conversationType: "groupChat",
      isGroup: true,
      tenantId: tenant,
      name: "Night shift",
    },
    channelData: { tenant: { id: tenant } },
    ...fields,
  };
}

/** The documented message, with everything that a real one carries. */
export const hello: Activity = personal({
  type: "message",
  id: "1776390257332",
  localTimezone: "Europe/Paris",
  locale: "en-US",
  textFormat: "plain",
  text: "hello",
  attachments: [{ contentType: "text/html", content: "<p>hello</p>" }],
  entities: [{ type: "clientInfo", locale: "de-DE", timezone: "Europe/Berlin" }],
});

/** A message in a channel's thread that mentions the bot and a person. */
export const mention: Activity = inTeam({
  type: "message",
  id: "1776390257333",
  conversation: {
    id: "19:chan@thread.tacv2;messageid=1776390257000",
    conversationType: "channel",
    isGroup: true,
    tenantId: tenant,
  },
  text: "<at>Bot</at> tell <at>Grace</at> &nbsp;",
  entities: [
    { type: "mention", text: "<at>Bot</at>", mentioned: recipient },
    { type: "mention", text: "<at>Grace</at>", mentioned: { id: "29:2grace", name: "Grace" } },
  ],
  channelData: { channel: { id: "19:chan@thread.tacv2", name: "Rota" } },
});
