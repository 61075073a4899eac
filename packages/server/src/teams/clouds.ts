import { ConfigError } from "../domain/errors.ts";
import { type CloudFacts, type CloudName, clouds } from "./facts.ts";
import { confidentialUrl } from "./loopback.ts";

/** Endpoints that replace a cloud's own ones: for the emulator, for tests, for a GCC tenant's service URL. */
export interface CloudOverrides {
  readonly loginUrl?: string;
  readonly openIdMetadataUrl?: string;
  readonly serviceUrl?: string;
  readonly graphUrl?: string;
}

/** One cloud's endpoints with the overrides in place. URLs have no trailing slash, but for service URLs, which stay verbatim. */
export interface CloudSettings extends CloudFacts {
  readonly name: CloudName;
}

/**
 * The endpoints to use. Throws `ConfigError` for an override that is not https (or http on a loopback host).
 * An overridden service URL gains no trust by that: its host must be trusted like any other.
 */
export function cloudSettings(name: CloudName, overrides: CloudOverrides = {}): CloudSettings {
  const facts = clouds[name];
  for (const url of Object.values(overrides)) checkUrl(url);
  return {
    ...facts,
    name,
    loginUrl: withoutSlash(overrides.loginUrl ?? facts.loginUrl),
    openIdMetadataUrl: overrides.openIdMetadataUrl ?? facts.openIdMetadataUrl,
    graphUrl: withoutSlash(overrides.graphUrl ?? facts.graphUrl),
    serviceUrl: overrides.serviceUrl ?? facts.serviceUrl,
  };
}

/**
 * The other host's service URL to try after a `wrong-host` refusal (Public ↔ GCC), or null where there is none.
 * `null` stands for the cloud's global service URL. A host that is not one of the cloud's own has no other.
 */
export function alternateServiceUrl(
  cloud: CloudSettings,
  serviceUrl: string | null,
): string | null {
  const { serviceUrl: main, alternateServiceUrl: other } = clouds[cloud.name];
  const host = hostOf(serviceUrl ?? cloud.serviceUrl);
  if (main === null || other === null || host === null) return null;
  if (host === hostOf(main)) return other;
  return host === hostOf(other) ? main : null;
}

function hostOf(url: string | null): string | null {
  return url !== null && URL.canParse(url) ? new URL(url).host : null;
}

function withoutSlash(url: string): string {
  return url.replace(/\/+$/, "");
}

function checkUrl(url: string | undefined): void {
  if (url === undefined || confidentialUrl(url) !== null) return;
  throw new ConfigError("CONFIG_INVALID", {
    detail: `The endpoint ${JSON.stringify(shown(url))} is not usable: it must be an https URL (http only on a loopback host), without a user name in it.`,
  });
}

/** Without the user name and password, which are secrets. */
function shown(url: string): string {
  return url.replace(/\/\/[^/]*@/, "//…@");
}
