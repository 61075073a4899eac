// The made-up bot of all benchmarks, its message, and the people that it knows.
import { createHash } from "node:crypto";

export const bot = {
  clientId: "00000000-0000-4000-8000-0000000000b0",
  clientSecret: "a-secret-for-benchmarks",
  tenantId: "10000000-0000-4000-8000-000000000000",
};

/** A card of 2 KB that is the same for everyone. */
export const card = {
  type: "AdaptiveCard",
  version: "1.5",
  body: [
    { type: "TextBlock", text: "Our third quarter", size: "Large", weight: "Bolder", wrap: true },
    ...Array.from({ length: 11 }, (_, n) => ({
      type: "TextBlock",
      text: `Paragraph ${n + 1}: what happened in the third quarter, why it matters to you, and what comes next for all of us.`,
      wrap: true,
    })),
  ],
  actions: [
    { type: "Action.OpenUrl", title: "Read on", url: "https://intranet.contoso.example/quarter" },
    {
      type: "Action.Execute",
      title: "Tell me less of this",
      verb: "less",
      data: { topic: "news" },
    },
  ],
};

/** What every sender posts. */
export const activity = {
  type: "message",
  attachments: [{ contentType: "application/vnd.microsoft.card.adaptive", content: card }],
};

/** The service URL below a connector, with the tenant in its path as Teams has it. */
export const serviceUrlOf = (connectorUrl) => `${connectorUrl}/emea/${bot.tenantId}/`;

/** The id of tenant `number`. */
export const tenantOf = (number) =>
  `${String(number).padStart(8, "0")}-0000-4000-8000-000000000000`;

/** The id of person `n`'s chat, as long as Teams' are. */
export const conversationIdOf = (n) => `a:${idsOf(n).long}`;

/** Ids in no order and of the length that Teams gives them. */
export function idsOf(n) {
  const hash = createHash("sha512").update(String(n)).digest();
  const hex = hash.toString("hex");
  const object = [
    hex.slice(0, 8),
    hex.slice(8, 12),
    hex.slice(12, 16),
    hex.slice(16, 20),
    hex.slice(20, 32),
  ];
  return { object: object.join("-"), long: hash.toString("base64url").padEnd(100, "x") };
}

/** What the bot would have learnt of person `n` from an installation and a conversation. */
export function factsOf(n, { tenantId = bot.tenantId, serviceUrl }) {
  const { object, long } = idsOf(n);
  const person = {
    aadObjectId: object,
    teamsId: `29:${long.slice(0, 86)}`,
    userPrincipalName: `user${n}@contoso.example`,
    email: `user${n}@contoso.example`,
    name: `Given${n % 5000} Family${n % 7000}`,
  };
  const conversationId = `a:${long}`;
  return [
    { fact: "person-install", tenantId, person, install: "installed" },
    { fact: "personal-conversation", tenantId, person, conversationId, serviceUrl },
  ];
}

/** Lets a store know `count` people, from number `from` on. */
export async function learnPeople(store, { from = 0, count, botId = bot.clientId, ...known }) {
  for (let first = from; first < from + count; first += 50) {
    const length = Math.min(50, from + count - first);
    const facts = Array.from({ length }, (_, n) => factsOf(first + n, known));
    await store.directory.learn(botId, facts.flat(), 1);
  }
}
