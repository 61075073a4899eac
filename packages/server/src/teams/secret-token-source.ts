import { ConfigError } from "../domain/errors.ts";
import type { Log } from "../domain/log.ts";
import { type Metrics, noMetrics } from "../domain/metrics.ts";
import type { Clock } from "../engine/ports/runtime.ts";
import type { CloudSettings } from "./clouds.ts";
import { confidentialUrl } from "./loopback.ts";
import { segment } from "./paths.ts";
import { readTokenAnswer } from "./token-answer.ts";
import { TokenSlot } from "./token-slot.ts";
import type { Token, TokenFailure, TokenRequest, TokenSource } from "./token-source.ts";
import type { Transport } from "./transport.ts";

export interface SecretTokenDeps {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly log: Log;
  /** Default: nothing is measured. */
  readonly metrics?: Metrics;
}

export interface SecretTokenOptions {
  readonly cloud: CloudSettings;
  /** The bot's app id. */
  readonly clientId: string;
  readonly clientSecret: string;
  /** The bot's own tenant for single-tenant registrations; null uses the cloud's shared segment (multi-tenant). */
  readonly tenantId: string | null;
  /** For one token request. Default 15,000. */
  readonly timeoutMs?: number;
}

/** Tokens are kept for this many (audience, tenant) pairs. */
const slotsMax = 1000;

/**
 * Tokens by client secret. Each (audience, tenant) has at most one acquisition in flight; a token is replaced in the
 * background five minutes before its end; after a failure the login host is left alone for a while, longer each time.
 * Connector tokens are the same for all tenants; Graph tokens are acquired in the tenant asked for.
 * Throws `ConfigError` when the login URL is not https (http on a loopback host), or id or secret is missing.
 */
export function createSecretTokenSource(
  deps: SecretTokenDeps,
  options: SecretTokenOptions,
): TokenSource {
  checkOptions(options);
  const { cloud } = options;
  const home = options.tenantId ?? cloud.sharedSegment;
  const slots = new Map<string, TokenSlot>();
  const owners = new WeakMap<Token, TokenSlot>();

  function slotOf({ tenantId, audience }: TokenRequest): TokenSlot {
    const key = audience === "graph" ? `graph ${tenantId}` : "connector";
    const known = slots.get(key);
    if (known !== undefined) return known;
    const slot = new TokenSlot(deps.clock, async () => {
      const result = await acquire(
        deps,
        options,
        audience === "graph"
          ? { tenant: tenantId, scope: cloud.graphScope }
          : { tenant: home, scope: cloud.connectorScope },
      );
      if (result.kind === "token") owners.set(result, slot);
      return result;
    });
    const [oldest] = slots.keys();
    if (slots.size >= slotsMax && oldest !== undefined) slots.delete(oldest);
    slots.set(key, slot);
    return slot;
  }

  return {
    token: (request) => slotOf(request).token(),
    isReady: (request) => slotOf(request).isReady(),
    drop: (token) => owners.get(token)?.drop(token) ?? false,
  };
}

async function acquire(
  { transport, clock, log, metrics = noMetrics }: SecretTokenDeps,
  { cloud, clientId, clientSecret, timeoutMs = 15_000 }: SecretTokenOptions,
  { tenant, scope }: { readonly tenant: string; readonly scope: string },
): Promise<Token | TokenFailure> {
  const acquiredAt = clock.now();
  const answer = await transport.request({
    method: "POST",
    url: `${cloud.loginUrl}/${segment(tenant)}/oauth2/v2.0/token`,
    headers: ["content-type", "application/x-www-form-urlencoded", "accept", "application/json"],
    body: new URLSearchParams({
      grant_type: "client_credentials",
      client_id: clientId,
      client_secret: clientSecret,
      scope,
    }).toString(),
    timeoutMs,
  });
  const result = readTokenAnswer(answer, { acquiredAt, secret: clientSecret });
  metrics.add("carillon_tokens_total", { result: result.kind === "token" ? "acquired" : "failed" });
  if (result.kind === "token") {
    log.info("token.acquired", {
      scope,
      seconds: Math.round((result.expiresAt - acquiredAt) / 1000),
    });
  } else {
    log.warn("token.failed", {
      scope,
      code: result.code,
      permanent: result.permanent,
      detail: result.detail,
    });
  }
  return result;
}

function checkOptions({ cloud, clientId, clientSecret }: SecretTokenOptions): void {
  if (confidentialUrl(cloud.loginUrl) === null) {
    throw new ConfigError("CONFIG_INVALID", {
      detail:
        "The login URL must be https (http only on a loopback host): the client secret travels to it.",
    });
  }
  if (clientId === "" || clientSecret === "") {
    throw new ConfigError("CONFIG_INVALID", {
      detail: `${clientId === "" ? "CLIENT_ID" : "CLIENT_SECRET"} is empty: without it no token can be acquired.`,
    });
  }
}
