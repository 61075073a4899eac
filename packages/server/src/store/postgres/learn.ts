import type { DirectoryFact } from "../../domain/directory.ts";
import type { BotId, TenantId } from "../../domain/ids.ts";
import type { Scope } from "../../engine/ports/store.ts";
import { learnFact } from "../learn.ts";
import type { Union } from "../learn-person.ts";
import { idOf, normalised } from "../person-merge.ts";
import type { Database } from "./database.ts";
import { DirectoryDraft, type DraftKeys } from "./directory-draft.ts";
import { skipDuplicates } from "./duplicates.ts";
import { lookUp } from "./look-up.ts";
import { Tallies } from "./tallies.ts";

/** Facts that were learnt at one moment. */
export interface Lesson {
  readonly botId: BotId;
  readonly facts: readonly DirectoryFact[];
  readonly now: number;
}

/**
 * Locks the directories that the lessons speak of, so that nobody else learns of the same people at the same time. Comes before
 * any campaign is locked.
 */
export async function lockDirectories(db: Database, lessons: readonly Lesson[]): Promise<void> {
  const scopes = scopesOf(lessons);
  if (scopes.length === 0) return;
  const keys = [scopes.map((scope) => scope.tenantId), scopes.map((scope) => scope.botId)];
  // The one creates what the other locks. Both go in one order, in all transactions.
  await Promise.all([
    db.run(
      `INSERT INTO directories (tenant_id, bot_id)
       SELECT * FROM unnest($1::text[], $2::text[]) AS s (tenant_id, bot_id)
       WHERE NOT EXISTS (SELECT 1 FROM directories d WHERE d.tenant_id = s.tenant_id AND d.bot_id = s.bot_id)
       ORDER BY tenant_id, bot_id ON CONFLICT (tenant_id, bot_id) DO NOTHING`,
      ...keys,
    ),
    db.run(
      `WITH scopes AS MATERIALIZED (
         SELECT * FROM unnest($1::text[], $2::text[]) AS s (tenant, bot) ORDER BY tenant, bot)
       SELECT d.n FROM scopes ${lookUp(
         "d",
         "SELECT 1 AS n FROM directories WHERE tenant_id = scopes.tenant AND bot_id = scopes.bot FOR UPDATE",
       )}`,
      ...keys,
    ),
  ]);
}

/** Applies facts in order to directories that are locked. Deliveries that turn out to be one too many are skipped. */
export async function learn(
  db: Database,
  tallies: Tallies,
  lessons: readonly Lesson[],
): Promise<void> {
  const unions = await Promise.all(scopesOf(lessons).map((scope) => learnIn(db, scope, lessons)));
  for (const { union, now } of unions.flat()) await skipDuplicates(db, tallies, union, now);
}

/** Applies lessons that concern nothing else. */
export async function learnAlone(
  db: Database,
  lessons: readonly Lesson[],
): Promise<readonly undefined[]> {
  const tallies = new Tallies(db);
  await lockDirectories(db, lessons);
  await learn(db, tallies, lessons);
  await tallies.save(Math.max(...lessons.map(({ now }) => now)));
  return lessons.map(() => undefined);
}

/** The tenants that anything was learnt of, by id. */
export async function knownTenants(db: Database, botId: BotId): Promise<readonly TenantId[]> {
  const rows = await db.all<{ tenant_id: TenantId }>(
    "SELECT tenant_id FROM directories WHERE bot_id = $1 ORDER BY tenant_id",
    botId,
  );
  return rows.map((row) => row.tenant_id);
}

async function learnIn(
  db: Database,
  scope: Scope,
  lessons: readonly Lesson[],
): Promise<readonly { readonly union: Union; readonly now: number }[]> {
  const ours = lessons
    .filter((lesson) => lesson.botId === scope.botId)
    .flatMap(({ facts, now }) => facts.map((fact) => ({ fact, now })))
    .filter(({ fact }) => fact.tenantId === scope.tenantId);
  const draft = await DirectoryDraft.read(db, scope, keysOf(ours.map(({ fact }) => fact)));
  const unions = ours.flatMap(({ fact, now }) => {
    const union = learnFact(draft, scope, fact, now);
    return union === null ? [] : [{ union, now }];
  });
  await draft.write(db);
  return unions;
}

/** Each bot and tenant once. */
function scopesOf(lessons: readonly Lesson[]): readonly Scope[] {
  const scopes = new Map<string, Scope>();
  for (const { botId, facts } of lessons)
    for (const { tenantId } of facts)
      scopes.set(JSON.stringify([botId, tenantId]), { botId, tenantId });
  return [...scopes.values()];
}

/** All that facts name, so that applying them finds what there is. */
function keysOf(facts: readonly DirectoryFact[]): DraftKeys {
  const keys = {
    ids: new Set<string>(),
    formerIds: new Set<string>(),
    teamsIds: new Set<string>(),
    chats: new Set<string>(),
    conversations: new Set<string>(),
    places: new Set<string>(),
  };
  for (const fact of facts) addKeys(keys, fact);
  const { ids, formerIds, teamsIds, chats, conversations, places } = keys;
  return {
    ids: [...ids],
    formerIds: [...formerIds],
    teamsIds: [...teamsIds],
    chats: [...chats],
    conversations: [...conversations],
    places: [...places],
  };
}

function addKeys(keys: Readonly<Record<keyof DraftKeys, Set<string>>>, fact: DirectoryFact): void {
  switch (fact.fact) {
    case "person-blocked":
      keys.ids.add(fact.personId);
      keys.formerIds.add(fact.personId);
      break;
    case "conversation-seen":
      keys.conversations.add(fact.conversationId);
      break;
    case "conversation-gone":
      keys.conversations.add(fact.conversationId);
      keys.chats.add(fact.conversationId);
      break;
    case "team-seen":
      keys.places.add(fact.teamId);
      break;
    case "channel-seen":
      keys.places.add(fact.channelId);
      break;
    default: {
      const given = normalised(fact.person);
      const id = idOf(given);
      if (id !== null) keys.ids.add(id);
      if (given.teamsId !== undefined) keys.teamsIds.add(given.teamsId);
      if (fact.fact === "personal-conversation") keys.chats.add(fact.conversationId);
    }
  }
}
