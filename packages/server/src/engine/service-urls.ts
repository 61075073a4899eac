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
  readonly #byTenant = new Map<TenantId, Heard>();

  constructor(directory: DirectoryStore) {
    this.#directory = directory;
  }

  /** Takes note of what was learnt. */
  learn(facts: readonly DirectoryFact[]): void {
    for (const fact of facts) {
      if (!("serviceUrl" in fact)) continue;
      const { tenantId, serviceUrl, saidAt } = fact;
      const known = this.#byTenant.get(tenantId)?.saidAt ?? Number.NEGATIVE_INFINITY;
      // What came after it was heard already.
      if (saidAt !== undefined && saidAt < known) continue;
      this.#byTenant.set(tenantId, { serviceUrl, saidAt: saidAt ?? known });
    }
  }

  /** The tenant's last known one, or null: then the cloud's global one is used. */
  last(tenantId: TenantId): string | null {
    return this.#byTenant.get(tenantId)?.serviceUrl ?? null;
  }

  /** Looks into the directory for a tenant that nothing was heard of since the start. */
  async find(scope: Scope): Promise<void> {
    if (this.#byTenant.has(scope.tenantId)) return;
    const teams = await this.#directory.listTeams(scope, { limit: 1 });
    const people = await this.#directory.listPeople(scope, { limit: 100 });
    const heard = [
      ...teams.items.map((team) => ({ ...team, at: team.saidAt })),
      ...people.items.map((person) => ({ ...person, at: person.chatSaidAt })),
    ];
    for (const { serviceUrl, at = Number.NEGATIVE_INFINITY } of heard) {
      if (serviceUrl === null) continue;
      this.#byTenant.set(scope.tenantId, { serviceUrl, saidAt: at });
      return;
    }
  }
}

interface Heard {
  readonly serviceUrl: string;
  /** When Teams said so, by its own clock. */
  readonly saidAt: number;
}
