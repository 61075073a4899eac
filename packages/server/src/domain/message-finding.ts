/** Something about a message, at a place such as `card.body[3].url`. */
export interface MessageFinding {
  readonly path: string;
  /** A sentence for a person. */
  readonly text: string;
}

/** What stands against a message (problems), and what its author should know (warnings). */
export interface MessageFindings {
  readonly problems: readonly MessageFinding[];
  readonly warnings: readonly MessageFinding[];
}

/** One finding as a line: its place, and what it says. */
export function findingText(finding: MessageFinding): string {
  return `${finding.path}: ${finding.text}`;
}
