// Plays worlds one after the other; `scripts/sim.mjs` checks the arguments.

import { shown } from "./check/promises.ts";
import { planOf } from "./plan/plan.ts";
import { simulate } from "./simulate.ts";

const [first = "1", count = "1", watch = "false"] = process.argv.slice(2);
const startedAt = performance.now();
let failures = 0;
let messages = 0;
let virtualMs = 0;
for (let seed = Number(first); seed < Number(first) + Number(count); seed += 1) {
  const report = await simulate(
    planOf(seed),
    watch === "true" ? { watch: (line) => console.log(line) } : {},
  );
  messages += report.accepted;
  virtualMs += report.virtualMs;
  if (report.broken.length > 0) {
    failures += 1;
    console.log(`seed ${seed}: ${report.broken.length} times a promise broke`);
    for (const broken of report.broken.slice(0, 20)) console.log(`  ${shown(broken)}`);
    console.log(`  replay: npm run sim -- --seed ${seed} --watch`);
  }
  if (Number(count) === 1)
    console.log(
      `seed ${seed}: ${report.lives} lives, ${report.accepted} messages, trace ${report.hash.slice(0, 16)}`,
    );
}
const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
const hours = (virtualMs / 3_600_000).toFixed(1);
console.log(
  `${count} worlds, ${failures} failed; ${messages} messages, ${hours} virtual hours in ${seconds} s`,
);
process.exit(failures === 0 ? 0 : 1);
