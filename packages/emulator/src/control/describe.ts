import { serviceUrlOf } from "../bot/envelope.ts";
import type { Emulator } from "../emulator.ts";
import { connectorAudience, graphAudience } from "../facts.ts";
import { metadataPath } from "../openid/routes.ts";
import { botAuthor } from "../state/messages.ts";
import type { World } from "../state/world.ts";
import { chatFor, conversationFor, personFor, teamFor } from "./find.ts";
import {
  acceptedMessage,
  chatView,
  inboxMessage,
  indexes,
  peoplePage,
  personView,
  teamView,
} from "./views.ts";

/** What can be looked at, as methods of an emulator. */
export type Describing = Pick<
  Emulator,
  | "bot"
  | "people"
  | "person"
  | "teams"
  | "team"
  | "chats"
  | "members"
  | "inbox"
  | "acceptedMessages"
  | "messageCount"
  | "counts"
  | "violations"
  | "throttles"
  | "requestLog"
  | "faults"
  | "limits"
  | "now"
>;

/** Binds the methods to a tenant. */
export function describing(world: World): Describing {
  return {
    bot: () => bot(world),
    people: (query = {}) => {
      const { people } = world.config.source;
      return peoplePage(world, indexes(people), people, query);
    },
    person: (ref) => personView(world, personFor(world, ref)),
    teams: () => world.groups.teams.map((team) => teamView(world, team)),
    team: (ref) => teamView(world, teamFor(world, ref)),
    chats: () => world.groups.chats.map((chat) => chatView(world, chat)),
    members: (of, query = {}) => {
      const { roster } = "team" in of ? teamFor(world, of.team) : chatFor(world, of.chat);
      return peoplePage(world, roster.members(), roster.size, query);
    },
    inbox: (ref) => {
      const { id } = conversationFor(world, ref);
      return world.messages.inbox(id).map((message) => inboxMessage(world, message));
    },
    acceptedMessages: () => accepted(world),
    messageCount: (ref) => world.messages.find(conversationFor(world, ref).id)?.accepted ?? 0,
    counts: () => counts(world),
    violations: () => world.violations.toArray(),
    throttles: () => world.throttles.toArray(),
    requestLog: () => world.log.toArray(),
    faults: () => world.faults.plan,
    limits: () => world.limits,
    now: () => world.clock.now(),
  };
}

function* accepted(world: World): ReturnType<Emulator["acceptedMessages"]> & Generator {
  for (const message of world.messages.all())
    if (message.author === botAuthor) yield acceptedMessage(message);
}

function bot(world: World): ReturnType<Emulator["bot"]> {
  const { config, dial } = world;
  return {
    clientId: config.botAppId,
    clientSecret: config.botSecret,
    tenantId: config.tenantId,
    loginUrl: dial.baseUrl,
    openIdMetadataUrl: `${dial.baseUrl}/${metadataPath}`,
    serviceUrl: serviceUrlOf(world),
    globalServiceUrl: `${dial.baseUrl}/teams/`,
    graphUrl: `${dial.baseUrl}/graph`,
    issuer: connectorAudience,
    scope: `${connectorAudience}/.default`,
    graphScope: `${graphAudience}/.default`,
    botEndpoint: dial.botEndpoint,
  };
}

function counts(world: World): ReturnType<Emulator["counts"]> {
  const { accepted, requests, throttled, faulted, tokens, violations, byStatus } = world.totals;
  return {
    accepted,
    conversations: [...world.messages.conversations()].length,
    requests,
    throttled,
    faulted,
    tokens,
    violations,
    byStatus: Object.fromEntries([...byStatus].sort(([a], [b]) => a - b)),
  };
}
