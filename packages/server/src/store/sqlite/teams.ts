import type { Channel, Team } from "../../domain/directory.ts";
import { type ConversationId, type TeamId, teamId } from "../../domain/ids.ts";
import type { Page, PageRequest, Scope } from "../../engine/ports/store.ts";
import { decodeCursor, encodeCursor } from "../cursor.ts";
import {
  type ChannelRow,
  channelColumns,
  channelOf,
  generalChannel,
  type TeamRow,
  teamColumns,
  teamOf,
} from "../team-rows.ts";
import type { Database } from "./database.ts";

/** A team, or null. */
export function findTeam(db: Database, scope: Scope, id: TeamId): Team | null {
  const row = db.get<TeamRow>(`${selectTeams} AND team_id = ?`, scope.tenantId, scope.botId, id);
  return row === null ? null : teamOf(scope, row);
}

/** Ordered by team id. */
export function listTeams(db: Database, scope: Scope, { cursor, limit }: PageRequest): Page<Team> {
  const [after] = cursor === undefined ? [""] : decodeCursor(cursor, "teams", ["string"]);
  const rows = db.all<TeamRow>(
    `${selectTeams} AND team_id > ? ORDER BY team_id LIMIT (? + 0)`,
    scope.tenantId,
    scope.botId,
    after,
    limit + 1,
  );
  const items = rows.slice(0, limit).map((row) => teamOf(scope, row));
  const last = items.at(-1);
  return rows.length <= limit || last === undefined
    ? { items }
    : { items, next: encodeCursor("teams", [last.id]) };
}

/** A channel, or null. A known team has its General channel even where no event spoke of that. */
export function findChannel(db: Database, scope: Scope, id: ConversationId): Channel | null {
  const row = db.get<ChannelRow>(
    `${selectChannels} AND channel_id = ?`,
    scope.tenantId,
    scope.botId,
    id,
  );
  return row === null ? generalChannel(findTeam(db, scope, teamId(id))) : channelOf(row);
}

/** The channels of a team that events or the connector told of, deleted ones among them, by id. */
export function listChannels(db: Database, scope: Scope, id: TeamId): readonly Channel[] {
  return db
    .all<ChannelRow>(
      `${selectChannels} AND team_id = ? ORDER BY channel_id`,
      scope.tenantId,
      scope.botId,
      id,
    )
    .map(channelOf);
}

/** Stores a team. */
export function putTeam(db: Database, team: Team): void {
  db.run(
    `INSERT INTO teams (tenant_id, bot_id, team_id, aad_group_id, name, service_url, install, archived, install_said_at,
       said_at, updated_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (tenant_id, bot_id, team_id) DO UPDATE SET
       aad_group_id = excluded.aad_group_id, name = excluded.name, service_url = excluded.service_url,
       install = excluded.install, archived = excluded.archived, install_said_at = excluded.install_said_at,
       said_at = excluded.said_at, updated_at = excluded.updated_at`,
    team.tenantId,
    team.botId,
    team.id,
    team.aadGroupId,
    team.name,
    team.serviceUrl,
    team.install,
    team.archived ? 1 : 0,
    team.installSaidAt ?? null,
    team.saidAt ?? null,
    team.updatedAt,
  );
}

/** Stores a channel. */
export function putChannel(db: Database, { tenantId, botId }: Scope, channel: Channel): void {
  db.run(
    `INSERT INTO channels (tenant_id, bot_id, channel_id, team_id, name, type, deleted, said_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (tenant_id, bot_id, channel_id) DO UPDATE SET
       team_id = excluded.team_id, name = excluded.name, type = excluded.type, deleted = excluded.deleted,
       said_at = excluded.said_at`,
    tenantId,
    botId,
    channel.id,
    channel.teamId,
    channel.name,
    channel.type,
    channel.deleted ? 1 : 0,
    channel.saidAt ?? null,
  );
}

const selectTeams = `SELECT ${teamColumns} FROM teams WHERE tenant_id = ? AND bot_id = ?`;
const selectChannels = `SELECT ${channelColumns} FROM channels WHERE tenant_id = ? AND bot_id = ?`;
