import type { DirectoryFact } from "../../domain/directory.ts";
import type { BotId, TenantId } from "../../domain/ids.ts";
import { learnFact } from "../learn.ts";
import type { Stop } from "../stops.ts";
import type { Database } from "./database.ts";
import { directoryTables } from "./directory-tables.ts";
import { skipDuplicates } from "./duplicates.ts";

/** Applies facts in order; answers the campaigns that stopped because a delivery turned out to be one too many. */
export function learn(
  db: Database,
  botId: BotId,
  facts: readonly DirectoryFact[],
  now: number,
): readonly Stop[] {
  for (const tenantId of new Set(facts.map((fact) => fact.tenantId)))
    db.run(
      "INSERT INTO directories (tenant_id, bot_id) VALUES (?, ?) ON CONFLICT (tenant_id, bot_id) DO NOTHING",
      tenantId,
      botId,
    );
  return facts.flatMap((fact) => {
    const scope = { botId, tenantId: fact.tenantId };
    const union = learnFact(directoryTables(db, scope), scope, fact, now);
    return union === null ? [] : skipDuplicates(db, union, now);
  });
}

/** The tenants that anything was learnt of, by id. */
export function knownTenants(db: Database, botId: BotId): readonly TenantId[] {
  return db
    .all<{ tenant_id: TenantId }>(
      "SELECT tenant_id FROM directories WHERE bot_id = ? ORDER BY tenant_id",
      botId,
    )
    .map((row) => row.tenant_id);
}
