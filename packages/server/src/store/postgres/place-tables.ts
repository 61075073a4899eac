import type { Channel, Conversation, Team } from "../../domain/directory.ts";
import type { Scope } from "../../engine/ports/store.ts";
import { type ConversationRow, conversationColumns } from "../conversation-rows.ts";
import { type ChannelRow, channelColumns, type TeamRow, teamColumns } from "../team-rows.ts";
import { columnsOf } from "./columns.ts";
import type { Database } from "./database.ts";
import { lookUp } from "./look-up.ts";

/** The stored conversations among these ids. */
export async function readConversations(
  db: Database,
  { tenantId, botId }: Scope,
  ids: readonly string[],
): Promise<readonly ConversationRow[]> {
  if (ids.length === 0) return [];
  const sql = `SELECT f.* FROM unnest($3::text[]) AS s (id) ${lookUp(
    "f",
    `SELECT ${conversationColumns} FROM conversations
     WHERE tenant_id = $1 AND bot_id = $2 AND conversation_id = s.id`,
  )}`;
  return db.all<ConversationRow>(sql, tenantId, botId, ids);
}

/** The stored channels among these ids. */
export async function readChannels(
  db: Database,
  { tenantId, botId }: Scope,
  ids: readonly string[],
): Promise<readonly ChannelRow[]> {
  if (ids.length === 0) return [];
  const sql = `SELECT f.* FROM unnest($3::text[]) AS s (id) ${lookUp(
    "f",
    `SELECT ${channelColumns} FROM channels WHERE tenant_id = $1 AND bot_id = $2 AND channel_id = s.id`,
  )}`;
  return db.all<ChannelRow>(sql, tenantId, botId, ids);
}

/** The stored teams among these ids, and those that the stored channels among them belong to. */
export async function readTeams(
  db: Database,
  { tenantId, botId }: Scope,
  ids: readonly string[],
): Promise<readonly TeamRow[]> {
  if (ids.length === 0) return [];
  return db.all<TeamRow>(
    `WITH ids AS MATERIALIZED (
       SELECT unnest($3::text[]) AS id
       UNION SELECT f.team_id FROM unnest($3::text[]) AS s (id) ${lookUp(
         "f",
         "SELECT team_id FROM channels WHERE tenant_id = $1 AND bot_id = $2 AND channel_id = s.id",
       )})
     SELECT f.* FROM ids ${lookUp(
       "f",
       `SELECT ${teamColumns} FROM teams WHERE tenant_id = $1 AND bot_id = $2 AND team_id = ids.id`,
     )}`,
    tenantId,
    botId,
    ids,
  );
}

const conversationTable = columnsOf({
  tenant_id: "text",
  bot_id: "text",
  conversation_id: "text",
  kind: "text",
  service_url: "text",
  person_id: "text",
  team_id: "text",
  name: "text",
  gone_at: "bigint",
  gone_reason: "text",
  said_at: "bigint",
  updated_at: "bigint",
});

/** Stores conversations, whether there are rows of them or not. */
export async function putConversations(
  db: Database,
  conversations: readonly Conversation[],
): Promise<void> {
  if (conversations.length === 0) return;
  await db.run(
    `INSERT INTO conversations (${conversationTable.names})
     SELECT ${conversationTable.names} FROM ${conversationTable.from(1, "s")} ORDER BY conversation_id
     ON CONFLICT (tenant_id, bot_id, conversation_id) DO UPDATE SET
       kind = excluded.kind, service_url = excluded.service_url, person_id = excluded.person_id,
       team_id = excluded.team_id, name = excluded.name, gone_at = excluded.gone_at,
       gone_reason = excluded.gone_reason, said_at = excluded.said_at, updated_at = excluded.updated_at`,
    ...conversationTable.arrays(
      conversations.map((one) => ({
        tenant_id: one.tenantId,
        bot_id: one.botId,
        conversation_id: one.id,
        kind: one.kind,
        service_url: one.serviceUrl,
        person_id: one.personId,
        team_id: one.teamId,
        name: one.name,
        gone_at: one.goneAt,
        gone_reason: one.goneReason,
        said_at: one.saidAt ?? null,
        updated_at: one.updatedAt,
      })),
    ),
  );
}

const teamTable = columnsOf({
  tenant_id: "text",
  bot_id: "text",
  team_id: "text",
  aad_group_id: "text",
  name: "text",
  service_url: "text",
  install: "text",
  archived: "boolean",
  install_said_at: "bigint",
  said_at: "bigint",
  updated_at: "bigint",
});

/** Stores teams, whether there are rows of them or not. */
export async function putTeams(db: Database, teams: readonly Team[]): Promise<void> {
  if (teams.length === 0) return;
  await db.run(
    `INSERT INTO teams (${teamTable.names}) SELECT ${teamTable.names} FROM ${teamTable.from(1, "s")} ORDER BY team_id
     ON CONFLICT (tenant_id, bot_id, team_id) DO UPDATE SET
       aad_group_id = excluded.aad_group_id, name = excluded.name, service_url = excluded.service_url,
       install = excluded.install, archived = excluded.archived, install_said_at = excluded.install_said_at,
       said_at = excluded.said_at, updated_at = excluded.updated_at`,
    ...teamTable.arrays(
      teams.map((one) => ({
        tenant_id: one.tenantId,
        bot_id: one.botId,
        team_id: one.id,
        aad_group_id: one.aadGroupId,
        name: one.name,
        service_url: one.serviceUrl,
        install: one.install,
        archived: one.archived,
        install_said_at: one.installSaidAt ?? null,
        said_at: one.saidAt ?? null,
        updated_at: one.updatedAt,
      })),
    ),
  );
}

const channelTable = columnsOf({
  tenant_id: "text",
  bot_id: "text",
  channel_id: "text",
  team_id: "text",
  name: "text",
  type: "text",
  deleted: "boolean",
  said_at: "bigint",
});

/** Stores channels of one bot in one tenant, whether there are rows of them or not. */
export async function putChannels(
  db: Database,
  { tenantId, botId }: Scope,
  channels: readonly Channel[],
): Promise<void> {
  if (channels.length === 0) return;
  await db.run(
    `INSERT INTO channels (${channelTable.names})
     SELECT ${channelTable.names} FROM ${channelTable.from(1, "s")} ORDER BY channel_id
     ON CONFLICT (tenant_id, bot_id, channel_id) DO UPDATE SET
       team_id = excluded.team_id, name = excluded.name, type = excluded.type, deleted = excluded.deleted,
       said_at = excluded.said_at`,
    ...channelTable.arrays(
      channels.map((one) => ({
        tenant_id: tenantId,
        bot_id: botId,
        channel_id: one.id,
        team_id: one.teamId,
        name: one.name,
        type: one.type,
        deleted: one.deleted,
        said_at: one.saidAt ?? null,
      })),
    ),
  );
}
