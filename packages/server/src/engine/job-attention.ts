import type { Attention } from "./engine.ts";
import { type JobNote, neverDue } from "./ports/jobs.ts";

/** What a job's note says to people: why it waits, and until when; null where it waits for somebody to act. */
export function jobAttention({ code, detail, since }: JobNote, dueAt: number): Attention {
  return { code, detail, since, retryAt: dueAt >= neverDue ? null : dueAt };
}
