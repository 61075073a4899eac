// An HTTP/1.1 server that does as little as possible: on a machine with two processors, what measures must not be what limits.
import { createServer } from "node:net";

/**
 * Listens on loopback. `answer(method, path, body)` answers `{status, body, headers}`; after `latencyMs` it is written. Bodies
 * come as latin1 text, and need a length.
 */
export async function listenPlainly(answer, { latencyMs = 0, port = 0 } = {}) {
  const server = createServer({ noDelay: true }, (socket) => {
    let text = "";
    socket.setEncoding("latin1");
    socket.on("error", () => socket.destroy());
    socket.on("data", (chunk) => {
      text = text === "" ? chunk : text + chunk;
      for (;;) {
        const request = firstRequest(text);
        if (request === null) return;
        text = text.slice(request.end);
        reply(socket, answer(request.method, request.path, request.body), latencyMs);
      }
    });
  });
  await new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  return `http://127.0.0.1:${server.address().port}`;
}

function firstRequest(text) {
  const headEnd = text.indexOf("\r\n\r\n");
  if (headEnd < 0) return null;
  const head = text.slice(0, headEnd);
  const [method, path] = head.slice(0, head.indexOf("\r\n")).split(" ");
  const length = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0);
  if (/\r\ntransfer-encoding:/i.test(head)) throw new Error("bodies need a length here");
  const end = headEnd + 4 + length;
  return text.length < end ? null : { method, path, body: text.slice(headEnd + 4, end), end };
}

function reply(socket, answer, latencyMs) {
  if (latencyMs > 0) setTimeout(write, latencyMs, socket, answer);
  else write(socket, answer);
}

function write(socket, { status, body = "", headers = "" }) {
  if (socket.destroyed) return;
  socket.write(
    `HTTP/1.1 ${status} X\r\ncontent-type: application/json\r\n${headers}content-length: ${body.length}\r\n\r\n${body}`,
    "latin1",
  );
}
