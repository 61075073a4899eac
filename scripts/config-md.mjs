// docs/reference/config.md from packages/server/src/app/setting-facts.ts. `node scripts/config-md.mjs` writes it; a test fails when it is stale.
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";

/** Where the page is, from the root. */
export const configPage = "docs/reference/config.md";

const head = `# Configuration

\`carillon serve\` and \`carillon worker\` take each setting from a flag, else from the environment, else from
\`carillon.config.json\` in the working directory (or the file that \`--config FILE\` names), else they take the default. An empty
variable counts as not set. Names that do not exist are errors (\`CONFIG_UNKNOWN_KEY\`) that name the nearest one; so are values of
another form (\`CONFIG_INVALID\`). Both end the process with exit code 78. Secrets have no flag: a command line can be read by every
process of the machine. The two commands may share one file: what one of them does not use, it does not mind.

<!-- Generated from packages/server/src/app/setting-facts.ts by scripts/config-md.mjs. Edit there. -->
`;

const tail = `
The file is one JSON object with the names of the third column:

\`\`\`json
{ "port": 8080, "databaseUrl": "sqlite:/var/lib/carillon/carillon.db", "trustedHosts": ["bots.example.com"] }
\`\`\`

## Commands that act on a service

| variable | meaning | default |
| --- | --- | --- |
| \`CARILLON_URL\` | The service's address, as \`--url\`. | \`http://127.0.0.1:3978\`, or the host and port of the settings above |
| \`CARILLON_API_KEY\` | The key. For a service on this machine it may be left out: \`serve\` leaves the first key in a file beside its database (mode 600). | the key file of the database of the settings above, or of the demo |

\`NO_COLOR\` and \`FORCE_COLOR\` are heeded.
`;

/** The whole page for a table of settings. */
export function configMarkdown(settings) {
  const rows = Object.entries(settings).map(([name, facts]) => row(name, facts));
  return [
    head,
    "| variable | flag | in the file | meaning | must be | default |",
    "| --- | --- | --- | --- | --- | --- |",
    ...rows,
    tail,
  ].join("\n");
}

function row(name, { variable, flag, meaning, expects, default: otherwise }) {
  const cells = [
    `\`${variable}\``,
    flag === null ? "none" : `\`--${flag}\``,
    `\`${name}\``,
    meaning,
    expects,
    otherwise,
  ];
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
}

if (process.argv[1] === import.meta.filename) {
  const { settingFacts } = await import("../packages/server/src/app/setting-facts.ts");
  const file = path.join(import.meta.dirname, "..", configPage);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, configMarkdown(settingFacts));
  console.log(`${configPage}: ${Object.keys(settingFacts).length} settings`);
}
