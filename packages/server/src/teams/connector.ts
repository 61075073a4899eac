import type { Connector } from "../engine/ports/connector.ts";
import { activityCalls } from "./activity-calls.ts";
import { type CallerDeps, createCaller } from "./caller.ts";
import { alternateServiceUrl, type CloudSettings } from "./clouds.ts";
import { conversationCalls } from "./conversation-calls.ts";
import { memberCalls } from "./member-calls.ts";
import { teamCalls } from "./team-calls.ts";
import type { TrustedHosts } from "./trusted-hosts.ts";

export interface ConnectorOptions {
  readonly cloud: CloudSettings;
  readonly trusted: TrustedHosts;
  /** For one request, waiting for a connection included. Default 30,000. */
  readonly timeoutMs?: number;
}

/**
 * The connector client. Every call answers an outcome, whatever happens; a token goes to trusted hosts only; ids are
 * percent-encoded; after a 401 for which the token is likely to blame the next call has a fresh one.
 */
export function createConnector(deps: CallerDeps, options: ConnectorOptions): Connector {
  const { cloud, trusted } = options;
  const call = createCaller(deps, {
    trusted,
    globalServiceUrl: cloud.serviceUrl,
    timeoutMs: options.timeoutMs ?? 30_000,
  });
  return {
    ...conversationCalls(call),
    ...activityCalls(call),
    ...memberCalls(call),
    ...teamCalls(call),
    prepare: ({ tenantId }) => {
      const request = { tenantId, audience: "connector" } as const;
      return deps.tokens.isReady(request) ? null : deps.tokens.token(request).then(() => {});
    },
    alternateServiceUrl: (serviceUrl) => alternateServiceUrl(cloud, serviceUrl),
    isTrusted: (serviceUrl) => trusted.base(serviceUrl) !== null,
  };
}
