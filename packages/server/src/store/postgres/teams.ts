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
export async function findTeam(db: Database, scope: Scope, id: TeamId): Promise<Team | null> {
  const row = await db.get<TeamRow>(
    `${selectTeams} AND team_id = $3`,
    scope.tenantId,
    scope.botId,
    id,
  );
  return row === null ? null : teamOf(scope, row);
}

/** Ordered by team id. */
export async function listTeams(
  db: Database,
  scope: Scope,
  { cursor, limit }: PageRequest,
): Promise<Page<Team>> {
  const [after] = cursor === undefined ? [""] : decodeCursor(cursor, "teams", ["string"]);
  const rows = await db.all<TeamRow>(
    `${selectTeams} AND team_id > $3 ORDER BY team_id LIMIT $4`,
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
export async function findChannel(
  db: Database,
  scope: Scope,
  id: ConversationId,
): Promise<Channel | null> {
  const row = await db.get<ChannelRow>(
    `${selectChannels} AND channel_id = $3`,
    scope.tenantId,
    scope.botId,
    id,
  );
  return row === null ? generalChannel(await findTeam(db, scope, teamId(id))) : channelOf(row);
}

/** The channels of a team that events or the connector told of, deleted ones among them, by id. */
export async function listChannels(
  db: Database,
  scope: Scope,
  id: TeamId,
): Promise<readonly Channel[]> {
  const rows = await db.all<ChannelRow>(
    `${selectChannels} AND team_id = $3 ORDER BY channel_id`,
    scope.tenantId,
    scope.botId,
    id,
  );
  return rows.map(channelOf);
}

const selectTeams = `SELECT ${teamColumns} FROM teams WHERE tenant_id = $1 AND bot_id = $2`;
const selectChannels = `SELECT ${channelColumns} FROM channels WHERE tenant_id = $1 AND bot_id = $2`;
