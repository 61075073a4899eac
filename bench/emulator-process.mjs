// An emulator in a process of its own, told what to do by the benchmark that forked it.
import { createEmulator, listen } from "@carillon/emulator";

const emulator = createEmulator(JSON.parse(process.argv[2] ?? "{}"));
const listening = await listen(emulator, { port: 0 });
process.send?.({ listening: listening.url });

const does = {
  async install(endpoint) {
    emulator.setBotEndpoint(endpoint);
    const { failed, installed, failures } = await emulator.install("all", { concurrency: 64 });
    return { failed, installed, failures };
  },
  counts: async () => emulator.counts(),
  violations: async () => emulator.violations().length,
  /** Instants at which messages took effect, in order. */
  instants: async () => Array.from(emulator.acceptedMessages(), ({ at }) => at),
};
process.on("message", async ({ id, what, argument }) => {
  process.send?.({ id, answer: await does[what](argument) });
});
process.on("disconnect", () => process.exit());
