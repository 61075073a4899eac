import type { Emulator } from "../emulator.ts";
import type { WireAnswer, WireRequest } from "../wire.ts";

export async function serveViewer(
  _emulator: Emulator,
  _request: WireRequest,
  _segments: readonly string[],
): Promise<WireAnswer | null> {
  return null;
}
