import { constants, type PerformanceEntry, PerformanceObserver } from "node:perf_hooks";
import { getHeapSpaceStatistics, setFlagsFromString } from "node:v8";

/**
 * Keeps the memory of this process small for as long as it runs, at the price of some CPU: V8 would let new objects fill 100 MB
 * and more before it looks which of them are still needed, and old ones several times what is in use. For processes that are
 * ours as a whole; a library must not decide this. Without effect where a V8 does not know the flags.
 */
export function keepHeapSmall(): void {
  setFlagsFromString(`--heap-growing-percent=${oldGrowthPercent}`);
  // What is used much is optimised all the same; this compiler in between costs more memory than it saves time here.
  setFlagsFromString("--no-maglev");
  growYoung();
  // V8 gives room back when little happens. Once there is work again, so small a room would cost much.
  const observer = new PerformanceObserver((list) => {
    if (list.getEntries().some(isMinor)) growYoung();
  });
  observer.observe({ entryTypes: ["gc"] });
}

/**
 * Lets the room for new objects grow to what is wanted, and no further. V8 has no limit that can be set while it runs, but asks
 * each time by which factor it may grow, which it does when what survives has filled the room once.
 */
function growYoung(): void {
  const survivors: unknown[] = [];
  for (let round = 0; round < roundsMax; round += 1) {
    const factor = Math.round(youngBytesWanted / youngBytes());
    setFlagsFromString(`--semi-space-growth-factor=${Math.max(1, factor)}`);
    if (factor <= 1) return;
    for (let count = 0; count < 1000; count += 1) survivors.push({ round, count });
  }
  setFlagsFromString("--semi-space-growth-factor=1");
}

/** What new objects have room in before V8 collects. What it has reserved for that is twice as much, and more for moments. */
function youngBytes(): number {
  const young = getHeapSpaceStatistics().find((space) => space.space_name === "new_space");
  return young === undefined
    ? youngBytesWanted
    : young.space_available_size + young.space_used_size;
}

function isMinor(entry: PerformanceEntry): boolean {
  // As documented for entries of the type `gc`; the general type has no detail.
  const { detail } = entry as PerformanceEntry & { readonly detail?: { readonly kind?: number } };
  return detail?.kind === constants.NODE_PERFORMANCE_GC_MINOR;
}

const youngBytesWanted = 4 * 1024 * 1024;
const oldGrowthPercent = 50;
/** Of some 40 KB each: several times the room. */
const roundsMax = 1000;
