import { header } from "../answer.ts";
import { recordViolation, type World } from "../state/world.ts";
import type { WireAnswer, WireRequest } from "../wire.ts";
import type { ConnectorAddress } from "./address.ts";
import { refuse } from "./errors.ts";

/** The refusal of a request under another tenant's or region's URL, or null. Another host is only recorded. */
export function checkAddress(
  world: World,
  request: WireRequest,
  address: ConnectorAddress,
  subject: { readonly operation: string; readonly conversationId: string | null },
): WireAnswer | null {
  const { dial, config } = world;
  const host = header(request, "host");
  if (host !== undefined && host !== hostOf(dial.baseUrl))
    recordViolation(world, {
      kind: "wrong-host",
      ...subject,
      detail: `the request names the host ${host}, the service URL names ${hostOf(dial.baseUrl)}`,
    });
  if (address.tenantId !== null && address.tenantId !== config.tenantId) {
    recordViolation(world, {
      kind: "wrong-tenant",
      ...subject,
      detail: `the path names the tenant ${address.tenantId}`,
    });
    return refuse("wrong-region", { message: "The tenant in the path is not the bot's." });
  }
  const isElsewhere = address.region !== dial.region && address.region !== "teams";
  if (!isElsewhere || !dial.refuseOtherRegions) return null;
  recordViolation(world, {
    kind: "wrong-region",
    ...subject,
    detail: `the path names the region ${address.region}, the service URL now names ${dial.region}`,
  });
  return refuse("wrong-region");
}

function hostOf(baseUrl: string): string {
  return baseUrl.slice(baseUrl.indexOf("//") + 2);
}
