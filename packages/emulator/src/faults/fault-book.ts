import { seededRng } from "../runtime/hash.ts";
import { effectOf } from "./kinds.ts";
import type { Fault, FaultMatch, FaultOperation, FaultPlan, FaultStep } from "./plan.ts";

/** A request, as faults see it. */
export interface FaultSubject {
  readonly operation: FaultOperation;
  /** Index of the person, where the request is about one. */
  readonly person: number | null;
  readonly conversation: string | null;
}

/** What a match names as a person, turned into an index; null when it is nobody. */
export type FindPerson = (ref: number | string) => number | null;

/** Decides, request by request, what goes wrong. */
export class FaultBook {
  readonly plan: FaultPlan;
  readonly #findPerson: FindPerson;
  readonly #rng: () => number;
  #step = 0;
  /** How many requests each rule has matched. */
  readonly #matched: number[];
  /** Nothing is planned: the usual case, and free. */
  readonly #isEmpty: boolean;

  constructor(plan: FaultPlan, findPerson: FindPerson, rng: () => number) {
    this.plan = plan;
    this.#findPerson = findPerson;
    this.#rng = plan.seed === undefined ? rng : seededRng(plan.seed);
    this.#matched = (plan.rules ?? []).map(() => 0);
    this.#isEmpty = !plan.script?.length && !plan.rules?.length && !plan.rates?.length;
  }

  /** The fault for this request, or null. Each request must be asked about once. */
  next(subject: FaultSubject): Fault | null {
    if (this.#isEmpty) return null;
    const scripted = this.#nextStep(subject);
    if (scripted === "ok") return null;
    return scripted ?? this.#nextRule(subject) ?? this.#nextRate(subject);
  }

  #nextStep(subject: FaultSubject): Fault | "ok" | null {
    const step = this.plan.script?.[this.#step];
    if (step === undefined) return null;
    const item = toMatch(step);
    if (!this.#matches(item, subject, item.kind === "ok" ? null : item)) return null;
    this.#step += 1;
    return item.kind === "ok" ? "ok" : item;
  }

  #nextRule(subject: FaultSubject): Fault | null {
    let found: Fault | null = null;
    for (const [at, rule] of (this.plan.rules ?? []).entries()) {
      if (!this.#matches(rule, subject, rule)) continue;
      const count = (this.#matched[at] ?? 0) + 1;
      this.#matched[at] = count;
      const from = rule.nth ?? 1;
      if (count >= from && count < from + (rule.times ?? Number.POSITIVE_INFINITY)) found ??= rule;
    }
    return found;
  }

  #nextRate(subject: FaultSubject): Fault | null {
    let found: Fault | null = null;
    for (const rate of this.plan.rates ?? []) {
      if (!this.#matches(rate, subject, rate)) continue;
      // Each matching rate draws, so that one rate's luck does not move the draws of the next.
      const hit = this.#rng() < rate.share;
      if (hit) found ??= rate;
    }
    return found;
  }

  #matches(match: FaultMatch, subject: FaultSubject, fault: Fault | null): boolean {
    const { operation, person, conversation } = match;
    const { operation: asked } = subject;
    if (operation === undefined ? !suits(fault, asked) : operation !== asked) return false;
    if (person !== undefined && this.#findPerson(person) !== subject.person) return false;
    if (person !== undefined && subject.person === null) return false;
    return conversation === undefined || isSameConversation(conversation, subject.conversation);
  }
}

/** Without a named operation, kinds made for tokens mean the token endpoint, and all others the connector; none means Graph. */
function suits(fault: Fault | null, operation: FaultOperation): boolean {
  if (operation === "graph-user") return false;
  return (fault !== null && effectOf(fault.kind).on === "token") === (operation === "token");
}

function isSameConversation(wanted: string, given: string | null): boolean {
  return given === wanted || given?.split(";")[0] === wanted;
}

function toMatch(step: FaultStep): ({ readonly kind: "ok" } & FaultMatch) | (Fault & FaultMatch) {
  if (typeof step !== "string") return step;
  return step === "ok" ? { kind: "ok" } : { kind: step };
}
