// Posts signed activities to a bot's endpoint over many connections, each waiting for its answer before the next.
// Options: {url, serviceUrl, token, connections}.
import { connect } from "node:net";
import { bot, conversationIdOf, idsOf } from "./parts/bot.mjs";
import { answerParent, childOptions } from "./parts/child.mjs";

const { url, serviceUrl, token, connections } = childOptions();
const { hostname, port, pathname } = new URL(url);
let sequence = 0;

answerParent({
  /** Posts `count` activities of a kind (`message`, or `install` of people never seen); answers how they were answered. */
  async post({ kind, count, people }) {
    const statuses = {};
    let left = count;
    const startedAt = performance.now();
    const one = () =>
      new Promise((resolve, reject) => {
        const socket = connect({ host: hostname, port: Number(port), noDelay: true });
        let text = "";
        const next = () => {
          if (left === 0) return socket.end(resolve);
          left -= 1;
          sequence += 1;
          socket.write(requestOf(kind, sequence, people));
        };
        socket.setEncoding("latin1");
        socket.once("connect", next);
        socket.once("error", reject);
        socket.on("data", (chunk) => {
          text += chunk;
          const end = answerEnd(text);
          if (end < 0) return;
          const status = text.slice(9, 12);
          statuses[status] = (statuses[status] ?? 0) + 1;
          text = text.slice(end);
          next();
        });
      });
    await Promise.all(Array.from({ length: connections }, one));
    return { seconds: (performance.now() - startedAt) / 1000, statuses };
  },
});

function answerEnd(text) {
  const headEnd = text.indexOf("\r\n\r\n");
  if (headEnd < 0) return -1;
  const head = text.slice(0, headEnd);
  if (/\r\ntransfer-encoding: *chunked/i.test(head)) {
    const end = text.indexOf("0\r\n\r\n", headEnd + 4);
    return end < 0 ? -1 : end + 5;
  }
  const end = headEnd + 4 + Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0);
  return text.length < end ? -1 : end;
}

function requestOf(kind, number, people) {
  const body = JSON.stringify(activityOf(kind, number, people));
  return `POST ${pathname} HTTP/1.1\r\nhost: ${hostname}:${port}\r\nauthorization: Bearer ${token}\r\ncontent-type: application/json; charset=utf-8\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
}

function activityOf(kind, number, people) {
  const person = kind === "message" ? number % people : people + number;
  const { object, long } = idsOf(person);
  const common = {
    id: `17${String(number).padStart(11, "0")}`,
    timestamp: "2026-11-25T09:00:00.000Z",
    serviceUrl,
    channelId: "msteams",
    from: { id: `29:${long.slice(0, 86)}`, name: `Given${person}`, aadObjectId: object },
    conversation: {
      conversationType: "personal",
      tenantId: bot.tenantId,
      id: conversationIdOf(person),
    },
    recipient: { id: `28:${bot.clientId}`, name: "Bench" },
    channelData: { tenant: { id: bot.tenantId } },
  };
  if (kind === "install") return { ...common, type: "installationUpdate", action: "add" };
  return {
    ...common,
    type: "message",
    text: "When does the canteen open tomorrow, and is there something without meat?",
    textFormat: "plain",
    locale: "en-GB",
    localTimestamp: "2026-11-25T10:00:00.000+01:00",
    localTimezone: "Europe/Berlin",
    attachments: [
      {
        contentType: "text/html",
        content: "<p>When does the canteen open tomorrow, and is there something without meat?</p>",
      },
    ],
    entities: [
      {
        locale: "en-GB",
        country: "GB",
        platform: "Windows",
        timezone: "Europe/Berlin",
        type: "clientInfo",
      },
    ],
  };
}
