/** An install (or uninstall) for many, while it runs and after. */
export interface InstallJob {
  readonly id: string;
  readonly total: number;
  done: number;
  failed: number;
  installed: number;
  finished: boolean;
  readonly failures: string[];
}
