/** One server-sent event. */
export interface ServerSentEvent {
  /** `message` where the service named none. */
  readonly event: string;
  readonly data: string;
}

/** The most text that one event may have; a longer one is an error. */
export const eventCharsMax = 1_000_000;

/**
 * Reads server-sent events from text that comes in any pieces: call it with each piece, and it answers the events that
 * ended in it. Comments answer nothing. Throws when an event grows beyond {@link eventCharsMax}.
 */
export function createEventReader(): (text: string) => readonly ServerSentEvent[] {
  let rest = "";
  let event = "";
  let data: string[] = [];
  let dataChars = 0;
  let started = false;

  const field = (line: string): ServerSentEvent | null => {
    if (line === "") {
      const ended = data.length === 0 ? null : { event: event || "message", data: data.join("\n") };
      event = "";
      data = [];
      dataChars = 0;
      return ended;
    }
    const colon = line.indexOf(":");
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (name === "event") event = value;
    if (name === "data") {
      data.push(value);
      dataChars += value.length;
    }
    return null;
  };

  return (text) => {
    rest += text;
    if (!started && rest !== "") {
      started = true;
      rest = rest.replace(/^\ufeff/, "");
    }
    const events: ServerSentEvent[] = [];
    const lineEnd = /\r\n|\n|\r(?=[\s\S])/g;
    let from = 0;
    for (let end = lineEnd.exec(rest); end !== null; end = lineEnd.exec(rest)) {
      const ended = field(rest.slice(from, end.index));
      if (ended !== null) events.push(ended);
      from = lineEnd.lastIndex;
    }
    // A carriage return at the very end may be half of a line end, so it waits for what follows.
    rest = rest.slice(from);
    if (rest.length + dataChars > eventCharsMax)
      throw new Error("The service sent an event that is longer than any it should send.");
    return events;
  };
}
