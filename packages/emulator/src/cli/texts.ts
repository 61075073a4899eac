import type { Emulator } from "../emulator.ts";
import type { BotIdentity } from "../views.ts";

/** What `--help` says, for a command of this name. */
export function helpText(name: string): string {
  return `${name}: a Microsoft Teams tenant on your own machine

Usage: ${name} [flags]

  --port N           port on 127.0.0.1 (default 3979; 0 picks a free one)
  --people N         people in the tenant (default 1000)
  --teams N          teams (default 5)
  --seed N           names, ids and chance follow from it (default 1)
  --bot-endpoint URL where the bot takes activities, such as http://127.0.0.1:3978/api/messages
  --rps N            requests a second for the bot in the tenant (default 50; 0: no limits at all)
  --consent LIST     permissions of Graph that an admin consented to, comma separated (default User.Read.All)
  --latency MS       every answer of connector and Graph leaves this much later (default 0)
  --faults FILE      what goes wrong, and when (JSON; see the README)
  --tenant ID        tenant id, app id and secret of the bot (default: made from the seed)
  --app-id ID
  --secret TEXT
  --loose            take unknown fields and activity types instead of answering 501
  --json             print one line of JSON when listening
  --help             this text

Example: ${name} --port 3979 --people 500 --bot-endpoint http://127.0.0.1:3978/api/messages`;
}

/** What is printed when the emulator listens. */
export function banner(emulator: Emulator, url: string): string {
  const bot = emulator.bot();
  const { total } = emulator.people({ limit: 1 });
  const endpoint = bot.botEndpoint ?? "none yet: activities go nowhere until one is set";
  return `
  Teams emulator  ${url}

  Look            ${url}/
  Control         ${url}/_emulator/
  Service URL     ${bot.serviceUrl}
  Bot endpoint    ${endpoint}
  Tenant          ${total} people, ${emulator.teams().length} teams, ${bot.tenantId}

  Point Carillon at it      carillon serve --emulator ${url}
  Point another bot at it   ${settings(bot)}
  Put the app everywhere    curl -X POST ${url}/_emulator/install -d '{"who":"all"}'

  Stop with Ctrl+C.
`;
}

/** The one line that `--json` prints. */
export function listeningLine(emulator: Emulator, url: string, port: number): string {
  const { clientSecret: _, ...bot } = emulator.bot();
  return JSON.stringify({ event: "listening", url, port, pid: process.pid, ...bot });
}

function settings(bot: BotIdentity): string {
  return `CLIENT_ID=${bot.clientId} TENANT_ID=${bot.tenantId}
                            CLIENT_SECRET=${bot.clientSecret}
                            tokens at ${bot.loginUrl}/${bot.tenantId}/oauth2/v2.0/token
                            keys at ${bot.openIdMetadataUrl}`;
}
