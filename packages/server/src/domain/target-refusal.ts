import type { Target } from "./target.ts";

/** A recognised target, or why it is refused: one or two sentences for whoever wrote it. */
export type ParsedTarget = { readonly ok: true; readonly target: Target } | RefusedTarget;

/** REQUEST_INVALID: not of our form. TARGET_UNSUPPORTED: Teams cannot do it; the reason says so and what to do instead. */
export interface RefusedTarget {
  readonly ok: false;
  readonly code: "REQUEST_INVALID" | "TARGET_UNSUPPORTED";
  readonly reason: string;
}

/** Refuses what is not of our form. */
export function refuse(reason: string): RefusedTarget {
  return { ok: false, code: "REQUEST_INVALID", reason };
}

/** Refuses what Teams cannot do. */
export function unsupported(reason: string): RefusedTarget {
  return { ok: false, code: "TARGET_UNSUPPORTED", reason };
}
