import type { Channel, DirectoryFact, InstallState, Team } from "../../domain/directory.ts";
import { type ConversationId, conversationId, type TeamId, teamId } from "../../domain/ids.ts";
import type { Page, PageRequest, Scope } from "../../engine/ports/store.ts";
import { decodeCursor, encodeCursor } from "../cursor.ts";
import type { Database } from "./database.ts";

type TeamSeen = Extract<DirectoryFact, { fact: "team-seen" }>;
type ChannelSeen = Extract<DirectoryFact, { fact: "channel-seen" }>;

/** A team, or null. */
export function findTeam(db: Database, scope: Scope, id: TeamId): Team | null {
  const row = db.get<TeamRow>(`${selectTeams} AND team_id = ?`, scope.tenantId, scope.botId, id);
  return row === null ? null : teamOf(scope, row);
}

/** Ordered by team id. */
export function listTeams(db: Database, scope: Scope, { cursor, limit }: PageRequest): Page<Team> {
  const [after] = cursor === undefined ? [""] : decodeCursor(cursor, "teams", ["string"]);
  const rows = db.all<TeamRow>(
    `${selectTeams} AND team_id > ? ORDER BY team_id LIMIT ?`,
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
  if (row !== null) return channelOf(row);
  const team = findTeam(db, scope, teamId(id));
  return team === null
    ? null
    : { teamId: team.id, id: conversationId(team.id), name: null, type: null, deleted: false };
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

/** Stores what a fact says of a team; what it does not name stays. */
export function learnTeam(db: Database, scope: Scope, fact: TeamSeen, now: number): void {
  const before = findTeam(db, scope, fact.teamId);
  db.run(
    `INSERT INTO teams (tenant_id, bot_id, team_id, aad_group_id, name, service_url, install, archived, updated_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (tenant_id, bot_id, team_id) DO UPDATE SET
       aad_group_id = excluded.aad_group_id, name = excluded.name, service_url = excluded.service_url,
       install = excluded.install, archived = excluded.archived, updated_at = excluded.updated_at`,
    scope.tenantId,
    scope.botId,
    fact.teamId,
    fact.aadGroupId ?? before?.aadGroupId ?? null,
    fact.name ?? before?.name ?? null,
    fact.serviceUrl,
    fact.install ?? before?.install ?? "unknown",
    (fact.archived ?? before?.archived) ? 1 : 0,
    now,
  );
}

/** Stores what a fact says of a channel; what it does not name stays. */
export function learnChannel(db: Database, scope: Scope, fact: ChannelSeen): void {
  const deleted = fact.deleted === undefined ? null : Number(fact.deleted);
  db.run(
    `INSERT INTO channels (tenant_id, bot_id, channel_id, team_id, name, type, deleted) VALUES (?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (tenant_id, bot_id, channel_id) DO UPDATE SET
       team_id = excluded.team_id, name = coalesce(excluded.name, name), type = coalesce(excluded.type, type),
       deleted = coalesce(?, deleted)`,
    scope.tenantId,
    scope.botId,
    fact.channelId,
    fact.teamId,
    fact.name ?? null,
    fact.type ?? null,
    deleted ?? 0,
    deleted,
  );
}

interface TeamRow {
  readonly team_id: TeamId;
  readonly aad_group_id: string | null;
  readonly name: string | null;
  readonly service_url: string;
  readonly install: InstallState;
  readonly archived: number;
  readonly updated_at: number;
}

interface ChannelRow {
  readonly channel_id: ConversationId;
  readonly team_id: TeamId;
  readonly name: string | null;
  readonly type: string | null;
  readonly deleted: number;
}

const selectTeams = `SELECT team_id, aad_group_id, name, service_url, install, archived, updated_at FROM teams
  WHERE tenant_id = ? AND bot_id = ?`;
const selectChannels =
  "SELECT channel_id, team_id, name, type, deleted FROM channels WHERE tenant_id = ? AND bot_id = ?";

function teamOf({ botId, tenantId }: Scope, row: TeamRow): Team {
  return {
    botId,
    tenantId,
    id: row.team_id,
    aadGroupId: row.aad_group_id,
    name: row.name,
    serviceUrl: row.service_url,
    install: row.install,
    archived: row.archived === 1,
    updatedAt: row.updated_at,
  };
}

function channelOf(row: ChannelRow): Channel {
  return {
    teamId: row.team_id,
    id: row.channel_id,
    name: row.name,
    type: row.type,
    deleted: row.deleted === 1,
  };
}
