/**
 * The part of `AbortSignal` that pure layers may see. A platform `AbortSignal` is assignable to it.
 */
export interface Signal {
  readonly aborted: boolean;
  readonly reason?: unknown;
  addEventListener(type: "abort", listener: () => void): void;
  removeEventListener(type: "abort", listener: () => void): void;
}
