import type { Channel, InstallState, Team } from "../domain/directory.ts";
import { type ConversationId, conversationId, type TeamId } from "../domain/ids.ts";
import type { Scope } from "../engine/ports/store.ts";

/** The columns of {@link TeamRow}. */
export const teamColumns =
  "team_id, aad_group_id, name, service_url, install, archived, install_said_at, said_at, updated_at";

/** A team as stored. Truths are numbers where the database has no others. */
export interface TeamRow {
  readonly team_id: TeamId;
  readonly aad_group_id: string | null;
  readonly name: string | null;
  readonly service_url: string;
  readonly install: InstallState;
  readonly archived: boolean | number;
  readonly install_said_at: number | null;
  readonly said_at: number | null;
  readonly updated_at: number;
}

/** The columns of {@link ChannelRow}. */
export const channelColumns = "channel_id, team_id, name, type, deleted, said_at";

/** A channel as stored. */
export interface ChannelRow {
  readonly channel_id: ConversationId;
  readonly team_id: TeamId;
  readonly name: string | null;
  readonly type: string | null;
  readonly deleted: boolean | number;
  readonly said_at: number | null;
}

/** A stored row as the port shows it. */
export function teamOf({ botId, tenantId }: Scope, row: TeamRow): Team {
  return {
    botId,
    tenantId,
    id: row.team_id,
    aadGroupId: row.aad_group_id,
    name: row.name,
    serviceUrl: row.service_url,
    install: row.install,
    archived: Boolean(row.archived),
    ...(row.install_said_at !== null && { installSaidAt: row.install_said_at }),
    ...(row.said_at !== null && { saidAt: row.said_at }),
    updatedAt: row.updated_at,
  };
}

/** A stored row as the port shows it. */
export function channelOf(row: ChannelRow): Channel {
  return {
    teamId: row.team_id,
    id: row.channel_id,
    name: row.name,
    type: row.type,
    deleted: Boolean(row.deleted),
    ...(row.said_at !== null && { saidAt: row.said_at }),
  };
}

/** A known team's General channel, of which no event needs to have spoken; null where there is no team. */
export function generalChannel(team: Team | null): Channel | null {
  return team === null
    ? null
    : { teamId: team.id, id: conversationId(team.id), name: null, type: null, deleted: false };
}
