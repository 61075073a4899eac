import { OpenAPIHono, type RouteConfig } from "@hono/zod-openapi";
import { type ErrorCode, errorCodes } from "../domain/error-codes.ts";
import { messageSchema } from "./contract/message.ts";
import { exampleProblem } from "./contract/problem.ts";
import { streamEventSchema } from "./contract/status.ts";
import { audienceSchema, targetSchema } from "./contract/target.ts";
import { campaignRoutes } from "./routes/campaigns.ts";
import { changeRoutes } from "./routes/changes.ts";
import { deliveryRoutes } from "./routes/deliveries.ts";
import { explainRoutes } from "./routes/explain.ts";
import { publicRoutes } from "./routes/health.ts";
import { metricsRoutes } from "./routes/metrics.ts";
import { notificationRoutes } from "./routes/notifications.ts";
import { peopleRoutes } from "./routes/people.ts";
import { retryRoutes } from "./routes/retries.ts";
import { statusRoutes } from "./routes/status.ts";
import { teamRoutes } from "./routes/teams.ts";
import { uncertainRoutes } from "./routes/uncertain.ts";

/** Every route of the API, in the order of its description. */
export const routes: readonly RouteConfig[] = [
  notificationRoutes,
  campaignRoutes,
  changeRoutes,
  retryRoutes,
  uncertainRoutes,
  deliveryRoutes,
  explainRoutes,
  peopleRoutes,
  teamRoutes,
  statusRoutes,
  metricsRoutes,
  publicRoutes,
].flatMap((group) => Object.values<RouteConfig>(group));

/** The API as OpenAPI 3.1. The same for every service of one version. */
export function openApiDocument(version: string): object {
  const { openAPIRegistry, getOpenAPI31Document } = new OpenAPIHono();
  // Requests refer to these by name, so they are described first.
  openAPIRegistry.register("Target", targetSchema);
  openAPIRegistry.register("Audience", audienceSchema);
  openAPIRegistry.register("Message", messageSchema);
  openAPIRegistry.register("StreamEvent", streamEventSchema);
  openAPIRegistry.registerComponent("securitySchemes", "apiKey", {
    type: "http",
    scheme: "bearer",
    description: "One of the service's API keys. The first is printed at the first start.",
  });
  for (const code of answeredCodes())
    openAPIRegistry.registerComponent("examples", code, { value: exampleProblem(code) });
  for (const route of routes) openAPIRegistry.registerPath(route);
  const document = getOpenAPI31Document({
    openapi: "3.1.0",
    info: {
      title: "Carillon",
      version,
      description,
      license: { name: "MIT" },
    },
    servers: [{ url: "/" }],
    security: [{ apiKey: [] }],
    tags: [
      { name: "notifications", description: "A message to named recipients." },
      { name: "campaigns", description: "A message to an audience." },
      { name: "deliveries", description: "What became of each message." },
      { name: "explanations", description: "What happened and why, in one line and its facts." },
      { name: "directory", description: "The people and teams that the bot knows." },
      { name: "service", description: "How the service stands." },
    ],
  });
  return { ...document, "x-error-codes": errorTable() };
}

const description = `Proactive messages from Microsoft Teams bots.

Errors are RFC 9457 problem documents with a stable \`code\`; \`x-error-codes\` has them all. Lists answer \`{items, next}\`; give \`next\` back as \`cursor\`. Instants are ISO 8601; in requests with their offset. Unknown members and parameters are refused, so that a typing error is never taken for a default. A POST that sends may be repeated with the same \`Idempotency-Key\`.`;

/** The codes that answer requests. */
function answeredCodes(): readonly ErrorCode[] {
  const answered = Object.entries(errorCodes).filter(([, row]) => "status" in row);
  // The table's own keys.
  return answered.map(([code]) => code as ErrorCode);
}

function errorTable(): object {
  return Object.fromEntries(Object.entries(errorCodes).map(([code, row]) => [code, { ...row }]));
}
