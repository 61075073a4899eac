// A complete bot with proactive messages: says hello when it is installed, answers, and sends an alert when it is told to.
import { createServer } from "node:http";
import { createCarillon, ProblemError, toNodeListener } from "carillon";

const { PORT = "3978", STORE = "sqlite:data/bot.db", EMULATOR_URL } = process.env;
const alertCard = {
  type: "AdaptiveCard",
  version: "1.5",
  body: [
    { type: "TextBlock", text: "${title}", size: "Large", weight: "Bolder", wrap: true },
    { type: "TextBlock", text: "${person.givenName|Hello}, ${text}", wrap: true },
  ],
  actions: [
    { type: "Action.Execute", title: "I take it", verb: "take", data: { alert: "${title}" } },
  ],
};

const carillon = await createCarillon({
  ...(EMULATOR_URL ? await emulated(EMULATOR_URL) : { bot: registered() }),
  store: STORE,
  on: {
    onInstall: ({ reply }) =>
      reply("You get alerts here because you added this app. Remove it to stop them."),
    onMessage: ({ text, reply }) => reply(`You wrote: ${text}`),
    onCardAction: ({ data, actor }) => ({
      text: `${data.alert}: yours now, ${actor?.name ?? "stranger"}.`,
    }),
  },
});
await carillon.start();

const server = createServer(toNodeListener(answer));
server.listen(Number(PORT), "127.0.0.1", () => console.log("listening", server.address()));
process.once("SIGTERM", () => server.close(() => carillon.stop()));

/** `POST /alert {"user", "title", "text"}` sends a card; everything else is for the bot. */
async function answer(request: Request): Promise<Response> {
  if (new URL(request.url).pathname !== "/alert") return carillon.fetch(request);
  const { user, title, text } = await request.json();
  try {
    const message = { card: alertCard, summary: title, data: { title, text } };
    const { id, state } = await carillon.send({ user }, message, { priority: "urgent" });
    return Response.json({ id, state }, { status: 202 });
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    return Response.json({ code: error.code, detail: error.message }, { status: error.status });
  }
}

/** The bot's registration, from the environment. */
function registered() {
  const {
    CLIENT_ID: clientId = "",
    CLIENT_SECRET: clientSecret = "",
    TENANT_ID: tenantId = "",
  } = process.env;
  return { clientId, clientSecret, tenantId };
}

/** The made-up bot of a local emulator: `npx carillon emulator`. */
async function emulated(url: string) {
  const { clientId, clientSecret, tenantId, ...found } = await (
    await fetch(`${url}/_emulator/bot`)
  ).json();
  const { loginUrl, openIdMetadataUrl, globalServiceUrl: serviceUrl } = found;
  const endpoints = { loginUrl, openIdMetadataUrl, serviceUrl };
  return {
    bot: { clientId, clientSecret, tenantId },
    endpoints,
    trustedHosts: [new URL(url).host],
  };
}
