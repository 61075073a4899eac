import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { storeConformance } from "../../../harness/src/store-conformance/conformance.ts";
import type { OpenedStore } from "../../../harness/src/store-conformance/fixtures.ts";
import { openStore } from "../../src/store/open.ts";

storeConformance("SQLite in memory", async () => {
  const store = await openStore("sqlite::memory:");
  return { store, cleanup: () => store.close() };
});

storeConformance("SQLite in a file", async (): Promise<OpenedStore> => {
  const folder = mkdtempSync(path.join(tmpdir(), "carillon-store-"));
  const url = `sqlite:${path.join(folder, "data", "carillon.db")}`;
  const opened = [await openStore(url)];
  const [store] = opened;
  if (store === undefined) throw new Error("nothing was opened");
  return {
    store,
    async reopen() {
      const again = await openStore(url);
      opened.push(again);
      return again;
    },
    async cleanup() {
      for (const one of opened) await one.close();
      rmSync(folder, { recursive: true });
    },
  };
});
