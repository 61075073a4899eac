import assert from "node:assert/strict";
import { test } from "node:test";
import type { DirectoryFact } from "../../src/domain/directory.ts";
import { teamId } from "../../src/domain/ids.ts";
import { ServiceUrls } from "../../src/engine/service-urls.ts";
import { bot, openWorld, tenant } from "./engine-world.ts";

const of = (serviceUrl: string, saidAt?: number): DirectoryFact => ({
  ...{ fact: "team-seen", tenantId: tenant, teamId: teamId("19:team"), serviceUrl },
  ...(saidAt !== undefined && { saidAt }),
});

test("where Teams was heard of last in a tenant is where it said so last, in whatever order that is learnt", async () => {
  const { store, engine } = await openWorld({ start: false });
  const urls = new ServiceUrls(store.directory);
  assert.equal(urls.last(tenant), null);
  urls.learn([of("https://a.example/", 10), of("https://b.example/", 30)]);
  urls.learn([of("https://a.example/", 20)]);
  assert.equal(urls.last(tenant), "https://b.example/");
  // What answered a request of ours is where Teams is now.
  urls.learn([of("https://c.example/")]);
  assert.equal(urls.last(tenant), "https://c.example/");
  urls.learn([of("https://a.example/", 29)]);
  assert.equal(urls.last(tenant), "https://c.example/");
  urls.learn([of("https://d.example/", 30)]);
  assert.equal(urls.last(tenant), "https://d.example/");
  await engine.stop();
});

test("a tenant that nothing was heard of since the start is looked up in the directory", async () => {
  const { store, engine } = await openWorld({ start: false });
  const urls = new ServiceUrls(store.directory);
  await engine.learn([of("https://stored.example/", 10)]);
  await urls.find({ botId: bot, tenantId: tenant });
  assert.equal(urls.last(tenant), "https://stored.example/");
  urls.learn([of("https://older.example/", 5)]);
  assert.equal(urls.last(tenant), "https://stored.example/");
  urls.learn([of("https://newer.example/", 15)]);
  assert.equal(urls.last(tenant), "https://newer.example/");
  await engine.stop();
});
