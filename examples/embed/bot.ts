// A complete bot: it says hello when it is installed, answers, and sends an alert to somebody when it is told to.
import { createServer } from "node:http";
import { createCarillon, emulatorOptions, ProblemError, toNodeListener } from "carillon";

const { PORT = "3978", STORE = "sqlite:data/bot.db", CARILLON_EMULATOR_URL } = process.env;
const { CLIENT_ID = "", CLIENT_SECRET = "", TENANT_ID = "" } = process.env;
const registered = { clientId: CLIENT_ID, clientSecret: CLIENT_SECRET, tenantId: TENANT_ID };

const alertCard = {
  type: "AdaptiveCard",
  version: "1.5",
  body: [
    { type: "TextBlock", text: "${title}", size: "Large", weight: "Bolder", wrap: true },
    { type: "TextBlock", text: "${person.name|Hello}, ${text}", wrap: true },
  ],
  actions: [{ type: "Action.Execute", title: "I take it", verb: "take" }],
};

const carillon = await createCarillon({
  ...(CARILLON_EMULATOR_URL ? await emulatorOptions(CARILLON_EMULATOR_URL) : { bot: registered }),
  store: STORE,
  on: {
    onInstall: ({ kind, reply }) =>
      kind === "personal" &&
      reply("You get alerts here, as you added this app. Remove it to stop."),
    onMessage: ({ text, reply }) => reply(`You wrote: ${text}`),
    onCardAction: ({ actor }) => ({ text: `It is yours, ${actor?.name ?? "stranger"}.` }),
  },
});
await carillon.start();

/** `POST /alert {"user", "title", "text"}` sends a card; everything else is for the bot. */
async function answer(request: Request): Promise<Response> {
  if (new URL(request.url).pathname !== "/alert") return carillon.fetch(request);
  const { user, ...data } = (await request.json()) as Record<"user" | "title" | "text", string>;
  try {
    const message = { card: alertCard, summary: data.title, data };
    const { id } = await carillon.send({ user }, message, { priority: "urgent" });
    return Response.json({ id }, { status: 202 });
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    return Response.json({ code: error.code, detail: error.message }, { status: error.status });
  }
}

const server = createServer(toNodeListener(answer));
server.listen(Number(PORT), "127.0.0.1", () => console.log("listening", server.address()));
process.once("SIGTERM", async () => {
  server.close();
  await carillon.stop();
});
