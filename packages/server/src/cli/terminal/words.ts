const counts = new Intl.NumberFormat("en-US");

/** A whole number with its thousands set apart: `12,345`. */
export function countWords(value: number): string {
  return counts.format(Math.round(value));
}

/** A rate such as `49.8/s`; from 100 on without the fraction. */
export function rateWords(perSecond: number): string {
  return `${perSecond >= 100 ? countWords(perSecond) : perSecond.toFixed(1)}/s`;
}

/** A size such as `812 kB`, `170.4 MB` or `1.3 GB`. */
export function bytesWords(bytes: number): string {
  if (bytes < 1_000_000) return `${countWords(bytes / 1000)} kB`;
  if (bytes < 1_000_000_000) return `${(bytes / 1_000_000).toFixed(1)} MB`;
  return `${(bytes / 1_000_000_000).toFixed(1)} GB`;
}

/** A share such as `97.1 %`; never 0.0 % or 100.0 % for what is not none or all. */
export function shareWords(part: number, total: number): string {
  if (total <= 0) return "";
  const percent = (100 * part) / total;
  if (part > 0 && percent < 0.1) return "<0.1 %";
  if (part < total && percent > 99.9) return ">99.9 %";
  return `${percent.toFixed(1)} %`;
}

/** A length of time in the two units that matter: `8 s`, `2 min 5 s`, `3 h 20 min`, `2 d 4 h`. */
export function durationWords(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  const hours = Math.floor(whole / 3600);
  const days = Math.floor(whole / 86_400);
  if (hours === 0) return two(minutes, "min", whole % 60, "s");
  if (days === 0) return two(hours, "h", minutes % 60, "min");
  return two(days, "d", hours % 24, "h");
}

/** An ISO instant in the reader's own time zone, such as `2026-11-24 09:30:00`; `-` for none. */
export function instantWords(instant: string | null): string {
  const at = Date.parse(instant ?? "");
  if (Number.isNaN(at)) return "-";
  const local = new Date(at - new Date(at).getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 19).replace("T", " ");
}

/** `1 person`, `2 people`: a count with its noun. */
export function nounWords(count: number, one: string, many = `${one}s`): string {
  return `${countWords(count)} ${count === 1 ? one : many}`;
}

function two(big: number, bigUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${big} ${bigUnit}` : `${big} ${bigUnit} ${small} ${smallUnit}`;
}
