import { configFrom, dialFrom } from "./config.ts";
import { describing } from "./control/describe.ts";
import { beginInstall, reportOf } from "./control/install.ts";
import { speaking } from "./control/speak.ts";
import { exportState, importState } from "./control/state-file.ts";
import { turning } from "./control/turn.ts";
import type { Emulator } from "./emulator.ts";
import { exchange } from "./exchange.ts";
import type { EmulatorOptions } from "./options.ts";
import { machineClock } from "./runtime/clock.ts";
import { createWorld, resetWorld } from "./state/world.ts";
import { webFetch } from "./web-fetch.ts";

/** A Teams tenant with one bot, at its beginning: nobody has the app yet. Throws `ControlError` for bad options. */
export function createEmulator(options: EmulatorOptions = {}): Emulator {
  const world = createWorld({
    config: configFrom(options),
    dial: dialFrom(options),
    clock: options.clock ?? machineClock,
    post: options.post ?? ((url, init) => fetch(url, init)),
    note: options.log ?? (() => {}),
  });
  const emulator: Emulator = {
    fetch: (input, init) => webFetch(emulator, input, init),
    exchange: (request) => exchange(world, emulator, request),
    ...describing(world),
    ...turning(world),
    ...speaking(world),
    install: async (target, how = {}) => beginInstall(world, target, how, "add").done,
    uninstall: async (target, how = {}) => beginInstall(world, target, how, "remove").done,
    installs: () => world.installs.map(reportOf).reverse(),
    reset: () => resetWorld(world),
    exportState: () => exportState(world),
    importState: (state) => importState(world, state),
  };
  return emulator;
}
