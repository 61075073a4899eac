/** Paints text, or leaves it as it is where there are no colours. */
export interface Style {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly red: (text: string) => string;
  readonly green: (text: string) => string;
  readonly yellow: (text: string) => string;
  readonly cyan: (text: string) => string;
}

/** The style of a terminal with colours, or of one without. */
export function createStyle(color: boolean): Style {
  const paint = (open: number, close: number) => (text: string) =>
    color && text !== "" ? `\u001b[${open}m${text}\u001b[${close}m` : text;
  return {
    bold: paint(1, 22),
    dim: paint(2, 22),
    red: paint(31, 39),
    green: paint(32, 39),
    yellow: paint(33, 39),
    cyan: paint(36, 39),
  };
}

/** Whether to use colours: on a terminal, unless NO_COLOR is set or it is a dumb one; FORCE_COLOR has the last word. */
export function wantsColor(
  isTerminal: boolean,
  environment: Readonly<Record<string, string | undefined>>,
): boolean {
  if (environment.FORCE_COLOR !== undefined && environment.FORCE_COLOR !== "")
    return environment.FORCE_COLOR !== "0";
  if (environment.NO_COLOR !== undefined && environment.NO_COLOR !== "") return false;
  return isTerminal && environment.TERM !== "dumb";
}
