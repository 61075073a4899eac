/** A function that runs once, however often it is called; every call answers the first one's promise. */
export function once(
  action: (graceMs: number) => Promise<void>,
): (graceMs: number) => Promise<void> {
  let running: Promise<void> | null = null;
  return (graceMs) => {
    running ??= action(graceMs);
    return running;
  };
}
