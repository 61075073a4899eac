import type { DirectoryFact } from "../domain/directory.ts";
import type { TenantId } from "../domain/ids.ts";
import type { DirectoryStore } from "./ports/directory-store.ts";
import type { Scope } from "./ports/store.ts";

/**
 * The service URL last seen in each tenant, for recipients of whom none is stored. It comes from verified activities only, by
 * way of the directory.
 */
export class ServiceUrls {
  readonly #directory: DirectoryStore;
  readonly #byTenant = new Map<TenantId, string>();

  constructor(directory: DirectoryStore) {
    this.#directory = directory;
  }

  /** Takes note of what was learnt. */
  learn(facts: readonly DirectoryFact[]): void {
    for (const fact of facts)
      if ("serviceUrl" in fact) this.#byTenant.set(fact.tenantId, fact.serviceUrl);
  }

  /** The tenant's last known one, or null: then the cloud's global one is used. */
  last(tenantId: TenantId): string | null {
    return this.#byTenant.get(tenantId) ?? null;
  }

  /** Looks into the directory for a tenant that nothing was heard of since the start. */
  async find(scope: Scope): Promise<void> {
    if (this.#byTenant.has(scope.tenantId)) return;
    const teams = await this.#directory.listTeams(scope, { limit: 1 });
    const people = await this.#directory.listPeople(scope, { limit: 100 });
    const url =
      teams.items[0]?.serviceUrl ??
      people.items.find(({ serviceUrl }) => serviceUrl !== null)?.serviceUrl ??
      null;
    if (url !== null) this.#byTenant.set(scope.tenantId, url);
  }
}
