import { ProblemError } from "../domain/errors.ts";
import { type BotId, type TenantId, tenantId } from "../domain/ids.ts";
import type { DirectoryStore } from "./ports/directory-store.ts";
import type { Scope } from "./ports/store.ts";

/** Which tenant is meant: the one asked for, else the configured one, else the only one known. Throws TENANT_UNKNOWN. */
export async function chooseScope(
  directory: DirectoryStore,
  bot: { readonly botId: BotId; readonly tenantId: string | null },
  asked: string | undefined,
): Promise<Scope> {
  const named = asked ?? bot.tenantId;
  if (named !== null) return { botId: bot.botId, tenantId: tenantId(named) };
  const known = await directory.tenants(bot.botId);
  const [only] = known;
  if (only !== undefined && known.length === 1) return { botId: bot.botId, tenantId: only };
  throw new ProblemError("TENANT_UNKNOWN", {
    detail:
      known.length === 0
        ? "The bot is not known to be in any tenant. Set TENANT_ID, or let it be installed first."
        : `The bot is in ${known.length} tenants, and the request names none of them: give tenantId, or set TENANT_ID.`,
  });
}

/** The tenants to look in when the request names none: the configured one first. */
export async function scopesToSearch(
  directory: DirectoryStore,
  bot: { readonly botId: BotId; readonly tenantId: string | null },
  asked?: string,
): Promise<readonly Scope[]> {
  if (asked !== undefined) return [{ botId: bot.botId, tenantId: tenantId(asked) }];
  const known = new Set<TenantId>(await directory.tenants(bot.botId));
  if (bot.tenantId !== null) known.delete(tenantId(bot.tenantId));
  const first = bot.tenantId === null ? [] : [tenantId(bot.tenantId)];
  return [...first, ...known].map((id) => ({ botId: bot.botId, tenantId: id }));
}
