/** How a process fared in a few seconds. */
export interface Sample {
  /** Since it began. */
  readonly atMs: number;
  readonly rssMb: number;
  readonly heapMb: number;
  readonly handles: number;
  readonly files: number;
  readonly delayP99Ms: number;
  readonly delayMaxMs: number;
}

/** How a figure moved over the time after the warm-up. */
export interface Trend {
  readonly figure: string;
  readonly mean: number;
  readonly max: number;
  readonly perHour: number;
  /** Whether it added less than a tenth of what is there in the time that was measured; a delay is not asked. */
  readonly isFlat: boolean;
}

const figures = ["rssMb", "heapMb", "handles", "files", "delayP99Ms", "delayMaxMs"] as const;

/** The trends of all figures, the first quarter of the samples left out as warm-up. */
export function trendsOf(samples: readonly Sample[]): readonly Trend[] {
  const settled = samples.slice(Math.floor(samples.length / 4));
  return figures.map((figure) => {
    const points = settled.map((sample) => ({ x: sample.atMs / 3_600_000, y: sample[figure] }));
    const mean = meanOf(points.map(({ y }) => y));
    const perHour = slopeOf(points);
    const max = Math.max(0, ...points.map(({ y }) => y));
    const isDelay = figure.startsWith("delay");
    const hours = (points.at(-1)?.x ?? 0) - (points[0]?.x ?? 0);
    return { figure, mean, max, perHour, isFlat: isDelay || perHour * hours <= mean / 10 };
  });
}

/** The samples in at most `rowsMax` lines, and the trends below them. */
export function table(samples: readonly Sample[], rowsMax = 20): string {
  const step = Math.max(1, Math.ceil(samples.length / rowsMax));
  const rows = samples.filter((_, index) => index % step === 0);
  const head = ["minute", ...figures];
  const lines = rows.map((sample) => [
    (sample.atMs / 60_000).toFixed(1),
    ...figures.map((figure) => sample[figure].toFixed(1)),
  ]);
  const trends = trendsOf(samples);
  const foot = [
    ["mean", ...trends.map(({ mean }) => mean.toFixed(1))],
    ["max", ...trends.map(({ max }) => max.toFixed(1))],
    ["per hour", ...trends.map(({ perHour }) => perHour.toFixed(2))],
    ["flat", ...trends.map(({ isFlat }) => (isFlat ? "yes" : "NO"))],
  ];
  return [head, ...lines, ...foot]
    .map((cells) => cells.map((cell) => cell.padStart(11)).join(""))
    .join("\n");
}

/** Least squares. */
function slopeOf(points: readonly { readonly x: number; readonly y: number }[]): number {
  const x = meanOf(points.map((point) => point.x));
  const y = meanOf(points.map((point) => point.y));
  const across = points.reduce((sum, point) => sum + (point.x - x) * (point.y - y), 0);
  const along = points.reduce((sum, point) => sum + (point.x - x) ** 2, 0);
  return along === 0 ? 0 : across / along;
}

function meanOf(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}
