import { spawn } from "node:child_process";
import { once } from "node:events";

const hold = `
import { DatabaseSync } from "node:sqlite";
const db = new DatabaseSync(process.argv[1], { timeout: 10_000 });
db.exec("BEGIN EXCLUSIVE");
console.log("held");
process.stdin.on("end", () => process.exit(0)).resume();
`;

/** Holds a database file in a process of its own, as a backup or a forgotten shell does. Answers how to let it go. */
export async function lockFile(file: string): Promise<() => Promise<void>> {
  const child = spawn(process.execPath, ["--input-type=module", "-e", hold, file], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const ended = once(child, "exit");
  const held = await Promise.race([once(child.stdout, "data").then(() => true), ended]);
  if (held !== true) throw new Error(`${file} could not be held`);
  return async () => {
    child.stdin.end();
    await ended;
  };
}
