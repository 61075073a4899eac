import { jsonAnswer } from "../answer.ts";
import type { World } from "../state/world.ts";
import type { WireAnswer } from "../wire.ts";

interface TokenErrorRow {
  readonly status: 400 | 401;
  readonly error: string;
  readonly text: string;
}

const rows: Readonly<Record<number, TokenErrorRow>> = {
  700016: {
    status: 400,
    error: "unauthorized_client",
    text: "Application with identifier was not found in the directory.",
  },
  500011: {
    status: 400,
    error: "invalid_resource",
    text: "The resource principal was not found in the tenant.",
  },
  7000229: {
    status: 401,
    error: "invalid_client",
    text: "The client application is missing service principal in the tenant.",
  },
  7000215: { status: 401, error: "invalid_client", text: "Invalid client secret provided." },
  7000222: {
    status: 401,
    error: "invalid_client",
    text: "The provided client secret keys are expired.",
  },
  700027: {
    status: 401,
    error: "invalid_client",
    text: "The certificate with identifier used to sign the client assertion is not registered, or the assertion is not valid.",
  },
  900144: {
    status: 400,
    error: "invalid_request",
    text: "The request body must contain all parameters.",
  },
  70003: {
    status: 400,
    error: "unsupported_grant_type",
    text: "The app requested an unsupported grant type.",
  },
};

/** A refusal of the token endpoint with its AADSTS code. `detail` says which check failed. */
export function refuseToken(world: World, aadsts: number, detail?: string): WireAnswer {
  const row = rows[aadsts] ?? { status: 400, error: "invalid_request", text: "Refused." };
  const description = `AADSTS${aadsts}: ${row.text}${detail ? ` ${detail}` : ""}`;
  return jsonAnswer(row.status, {
    error: row.error,
    error_description: description,
    error_codes: [aadsts],
    timestamp: new Date(world.clock.now()).toISOString(),
  });
}
