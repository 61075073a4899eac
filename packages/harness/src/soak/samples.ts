/** How a process fared in a few seconds. */
export interface Sample {
  /** Since it began. */
  readonly atMs: number;
  readonly rssMb: number;
  readonly heapMb: number;
  /** What is in use right after everything else was collected, buffers included; null where nothing was collected. */
  readonly keptMb: number | null;
  readonly handles: number;
  readonly files: number;
  readonly delayP99Ms: number;
  readonly delayMaxMs: number;
}

/** How it fared in a minute: of what may grow the least, because that is what is left when the work of the moment is gone. */
export interface Minute {
  /** Since it began. */
  readonly atMs: number;
  readonly keptMb: number;
  readonly rssMb: number;
  readonly handles: number;
  readonly files: number;
  /** The most. */
  readonly delayP99Ms: number;
  readonly delayMaxMs: number;
}

/** The samples by minute; a minute in which nothing was collected, or that had only begun, is left out. */
export function minutesOf(samples: readonly Sample[]): readonly Minute[] {
  const byMinute = new Map<number, Sample[]>();
  for (const sample of samples) {
    const minute = Math.floor(sample.atMs / 60_000);
    byMinute.set(minute, [...(byMinute.get(minute) ?? []), sample]);
  }
  return [...byMinute.values()].flatMap((some) => {
    const kept = some.flatMap(({ keptMb }) => keptMb ?? []);
    const [first] = some;
    if (first === undefined || kept.length === 0) return [];
    const least = (of: (one: Sample) => number) => Math.min(...some.map(of));
    const most = (of: (one: Sample) => number) => Math.max(...some.map(of));
    return {
      atMs: first.atMs,
      keptMb: Math.min(...kept),
      rssMb: least(({ rssMb }) => rssMb),
      handles: least(({ handles }) => handles),
      files: least(({ files }) => files),
      delayP99Ms: most(({ delayP99Ms }) => delayP99Ms),
      delayMaxMs: most(({ delayMaxMs }) => delayMaxMs),
    };
  });
}

/** The minutes in at most `rowsMax` lines. */
export function table(minutes: readonly Minute[], rowsMax = 30): string {
  const step = Math.max(1, Math.ceil(minutes.length / rowsMax));
  const rows = minutes.filter((_, index) => index % step === 0);
  const lines = rows.map((one) => [
    (one.atMs / 60_000).toFixed(0),
    ...columns.map((column) => one[column].toFixed(1)),
  ]);
  return [["minute", ...columns], ...lines]
    .map((cells) => cells.map((cell) => cell.padStart(11)).join(""))
    .join("\n");
}

const columns = ["keptMb", "rssMb", "handles", "files", "delayP99Ms", "delayMaxMs"] as const;
