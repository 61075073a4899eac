// docs/reference/errors.md from packages/server/src/domain/error-codes.ts. `node scripts/errors-md.mjs` writes it; a test fails when it is stale.
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";

/** Where the page is, from the root. */
export const errorsPage = "docs/reference/errors.md";

const areas = [
  {
    title: "Requests",
    about: "A request to the HTTP API, the library or the command line was refused.",
    prefixes: ["REQUEST", "API", "ROUTE", "IDEMPOTENCY", "TENANT", "RECIPIENT", "TARGET"],
  },
  {
    title: "Things that a request names",
    about: "What the request is about is not there, or not in a state for it.",
    prefixes: ["CAMPAIGN", "NOTIFICATION", "PERSON", "TEAM"],
  },
  {
    title: "Messages",
    about: "The message itself, as its author wrote it or as one recipient would get it.",
    prefixes: ["MESSAGE"],
  },
  {
    title: "Deliveries",
    about: "Why one delivery ended as it did; found in delivery rows, exports and explanations.",
    prefixes: ["TEAMS", "DELIVERY"],
  },
  {
    title: "Inbound activities",
    about: "What Teams, or somebody else, sent to the bot's endpoint.",
    prefixes: ["INBOUND"],
  },
  {
    title: "The service",
    about: "The process, its configuration, and what it stands on.",
    prefixes: ["SERVICE", "INTERNAL", "CONFIG", "PORT", "EMULATOR", "JOB", "GRAPH"],
  },
  { title: "Storage", about: "The database.", prefixes: ["STORE"] },
];

/** The whole page for a table of codes. Throws on a code whose area is unknown here. */
export function errorsMarkdown(codes) {
  const names = Object.keys(codes);
  const lost = names.filter((name) => !areas.some((area) => isIn(area, name)));
  if (lost.length > 0)
    throw new Error(
      `scripts/errors-md.mjs has no area for ${lost.join(", ")}: add its first word to one.`,
    );
  return [
    "# Errors",
    "",
    "Every error that leaves Carillon has one of these codes: in a problem document (RFC 9457, member `code`), in a delivery",
    "row, or in the last line of a command. Codes are stable; their sentences may become clearer.",
    "",
    "<!-- Generated from packages/server/src/domain/error-codes.ts by scripts/errors-md.mjs. Edit there. -->",
    ...areas.flatMap((area) =>
      section(
        area,
        names.filter((name) => isIn(area, name)),
        codes,
      ),
    ),
    "",
  ].join("\n");
}

function section(area, names, codes) {
  if (names.length === 0) return [];
  return [
    "",
    `## ${area.title}`,
    "",
    area.about,
    ...names.flatMap((name) => entry(name, codes[name])),
  ];
}

function entry(name, { status, what, next }) {
  const answer = status === undefined ? [] : [`HTTP status ${status}.`, ""];
  return ["", `### ${name}`, "", what, "", ...answer, `**What to do:** ${next}`];
}

function isIn(area, name) {
  return area.prefixes.includes(name.split("_")[0]);
}

if (process.argv[1] === import.meta.filename) {
  const { errorCodes } = await import("../packages/server/src/domain/error-codes.ts");
  const file = path.join(import.meta.dirname, "..", errorsPage);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, errorsMarkdown(errorCodes));
  console.log(`${errorsPage}: ${Object.keys(errorCodes).length} codes`);
}
