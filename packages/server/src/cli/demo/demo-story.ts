import type { Screen } from "../terminal/screen.ts";

/** Tells what happens, step by step, in plain words. */
export interface DemoStory {
  /** Before anything: what this is. */
  begin(): void;
  /** A numbered step, with an address beneath it where there is one. */
  step(words: string, ...more: readonly string[]): void;
  /** A remark about the step. */
  note(words: string): void;
}

/** A story on this screen. */
export function createStory(screen: Screen): DemoStory {
  const { style } = screen;
  let number = 0;
  return {
    begin: () =>
      screen.print(
        "",
        style.bold("Carillon, the demo"),
        "A made-up Microsoft Teams tenant, the real service, and a real campaign to everyone in it.",
        "Nothing leaves this machine.",
        "",
      ),
    step: (words, ...more) => {
      number += 1;
      screen.print(`${style.cyan(String(number))}  ${words}`, ...more.map((line) => `   ${line}`));
    },
    note: (words) => screen.print(`   ${style.dim(words)}`),
  };
}
