import { isForeignPage } from "../control/foreign-page.ts";
import { ControlError } from "../control-error.ts";
import type { Emulator } from "../emulator.ts";
import type { BotAnswer } from "../views.ts";
import type { WireAnswer, WireRequest } from "../wire.ts";
import { html } from "./html.ts";
import { inboxPage, roomOf } from "./inbox-page.ts";
import { page } from "./layout.ts";
import { channelsPage, inboxUrl, peoplePage } from "./list-pages.ts";

/** The viewer's pages and forms; null where the path is another service's. */
export async function serveViewer(
  emulator: Emulator,
  request: WireRequest,
  segments: readonly string[],
): Promise<WireAnswer | null> {
  const route = `${request.method} /${segments.join("/")}`;
  const query = new URLSearchParams(request.target.split("?")[1] ?? "");
  try {
    switch (route) {
      case "GET /":
        return peoplePage(emulator, query);
      case "GET /channels":
        return channelsPage(emulator);
      case "GET /inbox": {
        const room = roomOf(emulator, query.get("conversation") ?? "", query.get("as"));
        return inboxPage(emulator, room, query.get("note"));
      }
      case "POST /inbox/say":
      case "POST /inbox/press":
        return await act(emulator, request, route.endsWith("say") ? say : press);
      default:
        return null;
    }
  } catch (error) {
    if (!(error instanceof ControlError)) throw error;
    const status = error.status === 404 ? 404 : 409;
    return page(
      emulator,
      "Not possible",
      html`<h1>Not possible</h1><p>${error.message}</p>`,
      status,
    );
  }
}

type Act = (emulator: Emulator, form: URLSearchParams) => Promise<string>;

async function act(emulator: Emulator, request: WireRequest, what: Act): Promise<WireAnswer> {
  if (isForeignPage(request))
    throw new ControlError(409, "A page of another origin may not press buttons here.");
  const form = new URLSearchParams(request.body);
  const note = await what(emulator, form);
  const location = inboxUrl(form.get("conversation") ?? "", { as: form.get("as") ?? "", note });
  return { status: 303, headers: { location }, body: "" };
}

async function say(emulator: Emulator, form: URLSearchParams): Promise<string> {
  const conversation = form.get("conversation") ?? "";
  const text = form.get("text") ?? "";
  const answer = await emulator.say(form.get("as") ?? "", text, { conversation });
  return toldBot(answer);
}

async function press(emulator: Emulator, form: URLSearchParams): Promise<string> {
  const inputs: Record<string, string> = {};
  for (const [name, value] of form)
    if (name.startsWith("off.")) inputs[name.slice("off.".length)] = value;
  for (const name of new Set(form.keys()))
    if (name.startsWith("input."))
      inputs[name.slice("input.".length)] = form.getAll(name).join(",");
  const result = await emulator.press(form.get("as") ?? "", {
    conversation: form.get("conversation") ?? "",
    activityId: form.get("activityId") ?? "",
    button: Number(form.get("button") ?? 0),
    inputs,
  });
  return result.answer === null ? `${result.title}: nothing was sent` : toldBot(result.answer);
}

function toldBot(answer: BotAnswer): string {
  return answer.status === null
    ? `The bot could not be told: ${answer.error}.`
    : `The bot answered ${answer.status}.`;
}
