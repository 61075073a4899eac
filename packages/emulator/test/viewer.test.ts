import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { drawCard } from "../src/viewer/card.ts";
import { escapeHtml, safeUrl } from "../src/viewer/html.ts";
import { markdown } from "../src/viewer/markdown.ts";
import { world } from "./world.ts";

const nasty = `<script>alert("x")</script>&'`;

function setting() {
  const made = world({ rps: 0 });
  const { emulator } = made;
  const get = async (path: string) => {
    const response = await emulator.fetch(`${emulator.bot().loginUrl}${path}`);
    return { status: response.status, headers: response.headers, text: await response.text() };
  };
  const post = async (path: string, form: Record<string, string>) => {
    const response = await emulator.fetch(`${emulator.bot().loginUrl}${path}`, {
      method: "POST",
      body: new URLSearchParams(form),
    });
    return { status: response.status, location: response.headers.get("location") ?? "" };
  };
  const inbox = (conversation: string) => get(`/inbox?${new URLSearchParams({ conversation })}`);
  return { ...made, get, post, inbox };
}

test("the first page lists people with their messages, is searched and paged", async () => {
  const { emulator, get, say } = setting();
  await emulator.install(0, { events: false });
  await say(emulator.person(0).conversationId);
  const { status, text, headers } = await get("/");
  assert.equal(status, 200);
  assert.match(headers.get("content-security-policy") ?? "", /default-src 'none'/);
  assert.match(
    text,
    /someone@contoso\.example<\/td><td><span class="chip good">has the app<\/span><\/td><td class="number">1</,
  );
  assert.match((await get("/?search=someone")).text, /1–1 of 1/);
  assert.match((await get("/?offset=-5&search=zzzzzz")).text, /0–0 of 0/);
});

test("channels and chats are listed with links to their inboxes", async () => {
  const { emulator, get, inbox } = setting();
  const { text } = await get("/channels");
  for (const { name } of emulator.teams()) assert.ok(text.includes(escapeHtml(name)));
  const shared = await inbox(emulator.team(0).channels[1]?.id ?? "");
  assert.equal(shared.status, 200);
  assert.match(shared.text, /Look and speak as/);
  assert.equal((await inbox(emulator.chats()[0]?.id ?? "")).status, 200);
});

test("an inbox shows text, card text and facts, and escapes all of it", async () => {
  const { emulator, say, inbox } = setting();
  await emulator.install(0, { events: false });
  const attachment = {
    contentType: "application/vnd.microsoft.card.adaptive",
    content: {
      type: "AdaptiveCard",
      body: [
        { type: "TextBlock", text: nasty },
        { type: "FactSet", facts: [{ title: nasty, value: "Ward 3" }] },
        { type: "ColumnSet", columns: [{ items: [{ type: "TextBlock", text: "left" }] }] },
        { type: "Image", url: "https://example.org/x.png", altText: nasty },
        { type: nasty },
        { type: "Input.Text", id: nasty, label: nasty, value: nasty },
        {
          type: "Input.ChoiceSet",
          id: "c",
          choices: [{ title: nasty, value: nasty }],
        },
      ],
      actions: [
        { type: "Action.OpenUrl", title: nasty, url: "javascript:alert(1)" },
        { type: "Action.OpenUrl", title: "good", url: 'https://example.org/?"><script>' },
        { type: "Action.Submit", title: nasty },
        { type: "Action.ShowCard", title: nasty, card: { body: [] } },
      ],
    },
  };
  await say(emulator.person(0).conversationId, { type: "message", text: nasty, summary: nasty });
  await say(emulator.person(0).conversationId, {
    type: "message",
    summary: nasty,
    attachments: [attachment],
  });
  const { text } = await inbox(emulator.person(0).conversationId);
  assert.ok(!text.includes("<script"));
  assert.ok(!text.includes("javascript:"));
  for (const part of ["Ward 3", "left", escapeHtml(nasty)]) assert.ok(text.includes(part), part);
});

test("buttons and the reply box work without a script", async () => {
  const { emulator, say, post, get, received } = setting();
  await emulator.install(0, { events: false });
  const conversation = emulator.person(0).conversationId;
  const attachment = {
    contentType: "application/vnd.microsoft.card.adaptive",
    content: {
      type: "AdaptiveCard",
      body: [
        { type: "Input.Toggle", id: "agree", title: "Agree", value: "true" },
        { type: "Input.ChoiceSet", id: "days", isMultiSelect: true, choices: [] },
      ],
      actions: [
        { type: "Action.OpenUrl", title: "Site", url: "https://example.org" },
        { type: "Action.Submit", title: "Save", data: { a: 1 } },
      ],
    },
  };
  const { body } = await say(conversation, { type: "message", attachments: [attachment] });
  const { text } = await get(`/inbox?${new URLSearchParams({ conversation })}`);
  assert.match(text, /<button name="button" value="1">Save<\/button>/);
  const form = { conversation, as: "0", activityId: body.id, button: "1", "off.agree": "false" };
  const pressed = await post("/inbox/press", form);
  assert.equal(pressed.status, 303);
  assert.deepEqual(received[0]?.activity.value, { a: 1, agree: "false", days: "" });
  const said = await post("/inbox/say", { conversation, as: "0", text: "Thank you" });
  assert.equal(said.status, 303);
  const after = await get(said.location);
  assert.match(after.text, /The bot answered 200\./);
  assert.match(after.text, /Thank you/);
});

test("several cards in one message share one count of buttons", async () => {
  const { emulator, say, inbox } = setting();
  await emulator.install(0, { events: false });
  const hero = {
    contentType: "application/vnd.microsoft.card.hero",
    content: { title: "Old card", buttons: [{ type: "imBack", title: "Yes", value: "yes" }] },
  };
  const conversation = emulator.person(0).conversationId;
  await say(conversation, { type: "message", attachments: [hero, hero] });
  const { text } = await inbox(conversation);
  assert.match(text, /value="0">Yes/);
  assert.match(text, /value="1">Yes/);
  await emulator.press(0, { button: 1 });
  assert.equal(emulator.inbox(0).at(-1)?.activity?.text, "yes");
});

test("what cannot be shown says so", async () => {
  const { get, inbox, post, emulator } = setting();
  assert.equal((await inbox("a:1nobody")).status, 404);
  assert.match((await inbox(nasty)).text, /Not possible/);
  const refused = await post("/inbox/say", {
    conversation: emulator.person(0).conversationId,
    as: "0",
    text: "x",
  });
  assert.equal(refused.status, 409);
  assert.equal((await get("/elsewhere")).status, 501);
});

test("whatever a card holds, drawing it neither throws nor lets markup through", () => {
  const value = fc.jsonValue({ maxDepth: 4 });
  const element = fc.record(
    {
      type: fc.constantFrom("TextBlock", "Container", "ColumnSet", "FactSet", "Table", "ActionSet"),
      text: fc.constantFrom(nasty, 7, null, ["<b>"]),
      items: value,
      columns: value,
      facts: value,
      rows: value,
      actions: value,
      selectAction: value,
    },
    { requiredKeys: ["type"] },
  );
  fc.assert(
    fc.property(fc.array(element), value, (body, actions) => {
      const content = { type: "AdaptiveCard", body, actions };
      // Generated values are JSON.
      const { text } = drawCard({ contentType: "x", content } as never, 0);
      assert.ok(!text.includes("<script"));
      assert.ok(!text.includes("<b>"));
    }),
  );
});

test("only links that lead somewhere harmless are links", () => {
  assert.equal(safeUrl("https://example.org/a"), "https://example.org/a");
  for (const url of ["javascript:alert(1)", "data:text/html,x", "vbscript:x", "/relative", ""])
    assert.equal(safeUrl(url), null);
});

test("cards and messages show Teams' Markdown, and leave the rest as it was written", () => {
  const drawn = (text: string) => markdown(text).text;
  assert.equal(
    drawn("**Watch** *it* __live__ _now_"),
    "<p><strong>Watch</strong> <em>it</em> <strong>live</strong> <em>now</em></p>",
  );
  assert.equal(
    drawn("First:\n- one\n- *two*\n1. three\n\nThen"),
    "<p>First:</p><ul><li>one</li><li><em>two</em></li></ul><ol><li>three</li></ol><p>Then</p>",
  );
  assert.match(
    drawn("[the plan](https://example.org/?a=1&b=2)"),
    /<a href="https:\/\/example.org\/\?a=1&amp;b=2"/,
  );
  for (const text of [
    "snake_case_name",
    "2 * 3 * 4",
    "**open",
    "[x](javascript:alert(1))",
    "# no heading",
  ])
    assert.equal(drawn(text), `<p>${text}</p>`);
  assert.equal(drawn(nasty), `<p>${escapeHtml(nasty)}</p>`);
});

test("Markdown of any text keeps every word, and lets no markup through", () => {
  const pieces = fc.constantFrom(
    "*",
    "**",
    "_",
    "__",
    "[",
    "](",
    ")",
    "\\",
    "<",
    "&",
    "\n",
    "- ",
    "1. ",
    " ",
    "a",
    "word",
  );
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 200 }), (parts) => {
      const text = parts.join("");
      const { text: drawn } = markdown(text);
      const words = (of: string) => of.match(/word/g)?.length ?? 0;
      assert.equal(
        words(drawn.replace(/href="[^"]*"/g, "")) >= words(text.replace(/\]\([^)\s]*\)/g, "")),
        true,
      );
      assert.doesNotMatch(drawn.replace(/<\/?(?:p|ul|ol|li|strong|em|a)(?: [^>]*)?>/g, ""), /[<>]/);
    }),
  );
});

test("columns are as wide as the card says, and texts look as it says", () => {
  const card = (body: unknown) =>
    drawCard({ contentType: "x", content: { type: "AdaptiveCard", body } as never }, 0).text;
  const columns = ["auto", "stretch", 3, "50px", "9px; color: red", -1].map((width) => ({
    width,
    items: [],
  }));
  const widths = card([{ type: "ColumnSet", columns }]).match(/style="[^"]*"/g);
  assert.deepEqual(widths, [
    'style="flex: 0 0 auto"',
    'style="flex: 1 1 0"',
    'style="flex: 3 1 0"',
    'style="flex: 0 0 50px"',
    'style="flex: 1 1 0"',
    'style="flex: 1 1 0"',
  ]);
  const text = card([
    { type: "TextBlock", text: "x", wrap: true, weight: "Bolder", size: '"><script>' },
  ]);
  assert.match(text, /<div class="text weight-bolder"><p>x<\/p><\/div>/);
  assert.match(
    card([{ type: "TextBlock", text: "a long line" }]),
    /class="text {2}cut" title="a long line"/,
  );
  assert.match(card([{ type: "TextBlock", text: "later", isVisible: false }]), /<details>.*later/s);
});
