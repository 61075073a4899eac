import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";

/** One address for several servers of which one is meant, as a load balancer or a floating address is. */
export interface Address {
  readonly port: number;
  /** Leads to another server from now on; connections that lead elsewhere break off. */
  lead(port: number): void;
  close(): Promise<void>;
}

/** Opens an address that leads to a server on this machine. */
export async function openAddress(target: number): Promise<Address> {
  let port = target;
  const sockets = new Set<Socket>();
  const breakOff = () => {
    for (const socket of sockets) socket.destroy();
  };
  const keep = (socket: Socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    return socket;
  };
  const server = createServer((client) => {
    const there = keep(connect(port, "127.0.0.1"));
    keep(client);
    // What breaks on one side breaks on the other; nobody else has to know why.
    client.on("error", () => {}).on("close", () => there.destroy());
    there.on("error", () => {}).on("close", () => client.destroy());
    client.pipe(there).pipe(client);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return {
    port: address.port,
    lead(next) {
      port = next;
      breakOff();
    },
    async close() {
      breakOff();
      server.close();
      await once(server, "close");
    },
  };
}
