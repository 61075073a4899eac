import { jsonAnswer } from "../answer.ts";
import type { World } from "../state/world.ts";
import type { WireAnswer } from "../wire.ts";

/** Every refusal of Graph, by a name of ours. */
export type GraphErrorName =
  | "bad-request"
  | "unauthorized"
  | "not-permitted"
  | "not-found"
  | "throttled"
  | "server-error"
  | "bad-gateway"
  | "unavailable"
  | "gateway-timeout";

interface GraphErrorRow {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

// Source: graph errors.md, throttling.md and the directory's usual codes. Assumed are all texts, and the codes of 5xx.
const rows: Readonly<Record<GraphErrorName, GraphErrorRow>> = {
  "bad-request": row(400, "Request_BadRequest", "The request is malformed."),
  unauthorized: row(401, "InvalidAuthenticationToken", "The access token is not valid."),
  "not-permitted": row(
    403,
    "Authorization_RequestDenied",
    "Insufficient privileges to complete the operation.",
  ),
  "not-found": row(404, "Request_ResourceNotFound", "The resource does not exist."),
  throttled: row(429, "TooManyRequests", "Too many requests."),
  "server-error": row(500, "InternalServerError", "Something went wrong."),
  "bad-gateway": row(502, "BadGateway", "A dependency failed."),
  unavailable: row(503, "ServiceUnavailable", "The service is unavailable."),
  "gateway-timeout": row(504, "GatewayTimeout", "The gateway timed out."),
};

/** Whether Graph has a refusal of this name. */
export function isGraphError(name: string): name is GraphErrorName {
  return Object.hasOwn(rows, name);
}

/** The answer that refuses a request, in Graph's shape. The inner object's name varies there, so it does here. */
export function refuseGraph(
  world: World,
  name: GraphErrorName,
  options: {
    readonly code?: string | undefined;
    readonly message?: string | undefined;
    readonly headers?: Readonly<Record<string, string>>;
  } = {},
): WireAnswer {
  const { status, code, message } = rows[name];
  const requestId = requestIdOf(world);
  const inner = {
    code: String(status),
    date: new Date(world.clock.now()).toISOString().slice(0, 19),
    "request-id": requestId,
    "client-request-id": requestId,
  };
  return jsonAnswer(
    status,
    {
      error: {
        code: options.code ?? code,
        message: options.message ?? message,
        [status === 429 ? "innerError" : "innererror"]: inner,
      },
    },
    { "request-id": requestId, ...options.headers },
  );
}

/** The id that an answer of Graph carries, for a support case. */
export function requestIdOf(world: World): string {
  return `emulated-${world.totals.answers + 1}`;
}

function row(status: number, code: string, message: string): GraphErrorRow {
  return { status, code, message };
}
