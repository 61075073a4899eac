// A second process for the tests of the SQLite store: does what its first argument names, to the file that its second one names.
import process from "node:process";
import {
  accepted,
  bot,
  campaign,
  hold,
  installed,
  settled,
  to,
  turn,
} from "../../../harness/src/store-conformance/fixtures.ts";
import { openSqliteStore } from "../../src/store/sqlite/open.ts";
import { whenNotLocked } from "./when-not-locked.ts";

const [what, file = ""] = process.argv.slice(2);

/** Opens the file as a user who owns nothing, and prints how that ends. */
async function openAsNobody(): Promise<void> {
  if (process.getuid?.() === 0) {
    process.setgid?.(65_534);
    process.setuid?.(65_534);
  }
  try {
    const store = openSqliteStore(file);
    await store.probe();
    console.log("opened");
  } catch (error) {
    console.log(JSON.stringify(Object.assign({ message: String(error) }, error)));
  }
}

/** Learns people 1,000 to 1,199 one by one. */
async function learnMany(): Promise<void> {
  const store = openSqliteStore(file);
  console.log("ready");
  for (let n = 1_000; n < 1_200; n++)
    await whenNotLocked(() => store.directory.learn(bot, installed(n), 1));
  await store.close();
}

/** Sends to many people, and prints after each commit how many are accepted. Runs until it is killed, or nobody is left. */
async function sendMany(): Promise<void> {
  const store = openSqliteStore(file);
  const people = Array.from({ length: 1_000 }, (_, n) => to(n));
  for (let part = 0; part < 20; part++)
    await store.ledger.createCampaign({
      campaign: campaign(`cmp_${part}`),
      deliveries: people,
    });
  const held = await hold(store);
  let done = 0;
  let claimed = (await turn(store, held, { claim: 50 })).claimed;
  while (claimed.length > 0) {
    const settlements = claimed.map((one) => settled(one, accepted));
    const result = await turn(store, held, { settlements, claim: 50 });
    done += settlements.length;
    claimed = result.claimed;
    console.log(done);
  }
}

switch (what) {
  case "open-as-nobody":
    await openAsNobody();
    break;
  case "learn-many":
    await learnMany();
    break;
  case "send-many":
    await sendMany();
    break;
  default:
    throw new Error(`there is nothing called ${what} to do`);
}
