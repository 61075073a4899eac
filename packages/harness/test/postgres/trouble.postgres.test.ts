// Goal: whatever becomes of the PostgreSQL server in the middle of a campaign, the lane stops for as long, says why, since when and
// what to do, goes on by itself, and nobody's message is lost or comes twice. Method: the whole service over real HTTP, the
// emulator, and a real server that is really stopped, filled or made to refuse; then the ledger is held against what arrived.
import assert from "node:assert/strict";
import { after, afterEach, before, describe, it, type TestContext } from "node:test";
import type { ContractWorld } from "../../src/contract-world.ts";
import {
  assertTold,
  assertWhole,
  campaignUnderWay,
  people,
} from "../../src/postgres/campaign-in-trouble.ts";
import { skipWithoutPostgres } from "../../src/postgres/for-tests.ts";
import { PostgresServer } from "../../src/postgres/server.ts";
import { type SmallDisk, smallDisk } from "../../src/postgres/small-disk.ts";
import {
  asOwner,
  endConnections,
  makeReadOnly,
  refuseConnections,
} from "../../src/postgres/trouble.ts";
import { until } from "../../src/until.ts";

const skip = skipWithoutPostgres({ ownServer: true });
/** The service's user in the database, who owns nothing else of the server. */
const role = "service";
let server: PostgresServer;
let disk: SmallDisk | null = null;
let databases = 0;
let open: ContractWorld | null = null;
before(async () => {
  if (skip !== false) return;
  server = await PostgresServer.create();
  disk = smallDisk(48, server.data);
  await asOwner(server.url(), async (client) => {
    await client.query(`CREATE ROLE ${role} LOGIN PASSWORD 'secret'`);
    if (disk !== null) await client.query(`CREATE TABLESPACE small LOCATION '${disk.folder}'`);
  });
});
afterEach(async () => {
  await open?.close();
  open = null;
});
after(async () => {
  await server?.remove();
  disk?.remove();
});

/** A database of the service's own; `owner` is the same as the server's owner sees it. */
async function newDatabase(where = ""): Promise<{ readonly url: string; readonly owner: string }> {
  databases += 1;
  const name = `trouble_${databases}`;
  await asOwner(server.url(), (client) =>
    client.query(`CREATE DATABASE ${name} OWNER ${role} ${where}`),
  );
  const owner = server.url(name);
  const url = new URL(owner);
  url.username = role;
  url.password = "secret";
  return { url: url.href, owner };
}

/** A campaign that is under way in a database of its own. */
async function underWay(where?: string) {
  const { url, owner } = await newDatabase(where);
  const { world, id } = await campaignUnderWay(url, (made) => {
    open = made;
  });
  return { world, id, owner, url };
}

interface Trouble {
  readonly name: string;
  readonly code: string;
  readonly next: RegExp;
  /** Where the database lies; default: with all others. */
  readonly where?: string;
  /** Begins it in the database, as its owner sees it; answers how to end it. */
  begin(owner: string): Promise<() => Promise<void>>;
}

const start = async () => server.start();
const troubles: readonly Trouble[] = [
  {
    name: "server ends at once, as in a power cut,",
    code: "STORE_UNREACHABLE",
    next: /Start it, or correct CARILLON_DATABASE_URL; sending goes on by itself/,
    begin: async () => {
      await server.stop("SIGQUIT");
      return start;
    },
  },
  {
    name: "server is stopped in order",
    code: "STORE_UNREACHABLE",
    next: /Start it, or correct CARILLON_DATABASE_URL; sending goes on by itself/,
    begin: async () => {
      await server.stop("SIGINT");
      return start;
    },
  },
  {
    name: "server becomes read-only, as one that is the primary no more,",
    code: "STORE_READ_ONLY",
    next: /a PostgreSQL standby answered, as in a failover: sending goes on by itself/,
    begin: makeReadOnly,
  },
  {
    name: "server has no connection left for us",
    code: "STORE_BUSY",
    next: /Give it more connections, or look for what holds it up; sending goes on by itself/,
    begin: (owner) => refuseConnections(owner, role),
  },
  {
    name: "disk is full",
    code: "STORE_FULL",
    next: /Free some space; sending goes on by itself/,
    where: "TABLESPACE small",
    begin: async () => {
      const empty = disk?.fill();
      return async () => empty?.();
    },
  },
];

describe("a campaign whose PostgreSQL", () => {
  for (const { name, code, next, where, begin } of troubles)
    it(`${name} stops, says why, and goes on by itself`, { skip }, async (context: TestContext) => {
      if (where !== undefined && disk === null) {
        context.skip("this user may not mount a file system");
        return;
      }
      const { world, id, owner, url } = await underWay(where);
      const end = await begin(owner);
      try {
        await assertTold(world, code, next);
      } finally {
        await end();
      }
      await assertWhole(world, id, url);
      assert.match(world.logged(), /"event":"store\.recovered"/);
    });

  it("connections are ended again and again goes on as if nothing had been", { skip }, async () => {
    const { world, id, owner, url } = await underWay();
    let ended = 0;
    for (let round = 1; round <= 12; round += 1) {
      const most = Math.min(people, 20 + round * 10);
      await until(() => world.emulator.counts().accepted >= most, `${most} accepted`);
      ended += await endConnections(owner);
    }
    assert.ok(ended >= 12, `${ended} ended`);
    await assertWhole(world, id, url);
    const headers = { authorization: `Bearer ${world.apiKey}` };
    const metrics = await (await fetch(`${world.service.url}/metrics`, { headers })).text();
    const values = new Map(
      metrics.split("\n").map((line) => [line.split(" ")[0], line.split(" ")[1]]),
    );
    for (const counted of [
      'carillon_store_retries_total{why="connection"}',
      "carillon_wakes_lost_total",
      'carillon_wakes_total{way="told"}',
      "carillon_store_connect_seconds_count",
      "carillon_commit_seconds_count",
    ])
      assert.ok(Number(values.get(counted)) >= 1, counted);
  });
});
