import type { Minute } from "./samples.ts";

/**
 * What must not grow, and how much it may have grown in an hour before that is called a leak: a share of what is there, or what is
 * far below a leak with any piece of work, of which there are thousands an hour.
 */
const judged = [
  {
    figure: "keptMb",
    what: "memory in use after a collection",
    unit: "MB",
    share: 0.1,
    atLeast: 0,
  },
  { figure: "rssMb", what: "memory of the process", unit: "MB", share: 0.1, atLeast: 0 },
  { figure: "handles", what: "handles", unit: "", share: 0, atLeast: 20 },
  { figure: "files", what: "open files and sockets", unit: "", share: 0, atLeast: 20 },
] as const;

/** How a figure moved after the warm-up. */
export interface Trend {
  readonly figure: (typeof judged)[number]["figure"];
  readonly what: string;
  readonly unit: string;
  readonly mean: number;
  readonly perHour: number;
  /** Twice the standard error of `perHour`. */
  readonly plusMinus: number;
  /** More than this is growth. */
  readonly perHourMax: number;
  /** `unclear`: what was measured allows for either. */
  readonly verdict: "flat" | "grows" | "unclear";
}

/**
 * At the beginning code is compiled, and what the service remembers of the last thousand campaigns and notifications fills, which takes
 * a quarter of an hour at this pace: these minutes are left out, or half of a shorter time.
 */
const warmUpMax = 15;

/** What the minutes say of each figure. */
export function trendsOf(minutes: readonly Minute[]): readonly Trend[] {
  const settled = minutes.slice(Math.min(warmUpMax, Math.ceil(minutes.length / 2)));
  return judged.map(({ figure, what, unit, share, atLeast }) => {
    const points = settled.map((one) => ({ x: one.atMs / 3_600_000, y: one[figure] }));
    const { mean, slope, error } = lineThrough(points);
    const perHourMax = Math.max(atLeast, mean * share);
    const plusMinus = 2 * error;
    const verdict =
      slope + plusMinus <= perHourMax
        ? "flat"
        : slope - plusMinus > perHourMax
          ? "grows"
          : "unclear";
    return { figure, what, unit, mean, perHour: slope, plusMinus, perHourMax, verdict };
  });
}

/** A line for each figure, and one for all of them. */
export function verdictLines(trends: readonly Trend[]): readonly string[] {
  const lines = trends.map(({ what, unit, mean, perHour, plusMinus, perHourMax, verdict }) => {
    const of = (value: number) => `${value.toFixed(2)}${unit && ` ${unit}`}`;
    const slope = `${perHour < 0 ? "" : "+"}${of(perHour)} an hour, give or take ${of(plusMinus)}`;
    return `${what}: ${of(mean)} on average, ${slope} (allowed: ${of(perHourMax)}): ${verdict}`;
  });
  const worst = trends.filter(({ verdict }) => verdict !== "flat");
  const named = worst.map(({ what, verdict }) => `${what} ${verdict}`).join(", ");
  const more = worst.some(({ verdict }) => verdict === "unclear") ? "; soak for longer" : "";
  return [...lines, worst.length === 0 ? "VERDICT: flat" : `VERDICT: not flat: ${named}${more}`];
}

interface Point {
  readonly x: number;
  readonly y: number;
}

/** Least squares, with the standard error of the slope; of fewer than three points nothing is known. */
function lineThrough(points: readonly Point[]) {
  const x = meanOf(points.map((point) => point.x));
  const mean = meanOf(points.map((point) => point.y));
  const along = sumOf(points, (point) => (point.x - x) ** 2);
  if (points.length < 3 || along === 0) return { mean, slope: 0, error: Number.POSITIVE_INFINITY };
  const slope = sumOf(points, (point) => (point.x - x) * (point.y - mean)) / along;
  const left = sumOf(points, (point) => (point.y - mean - slope * (point.x - x)) ** 2);
  return { mean, slope, error: Math.sqrt(left / (points.length - 2) / along) };
}

function sumOf(points: readonly Point[], of: (point: Point) => number): number {
  return points.reduce((sum, point) => sum + of(point), 0);
}

function meanOf(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}
