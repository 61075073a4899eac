import { messageBytesMax, messageBytesWarn } from "./limits.ts";
import type {
  CompiledMessage,
  JsonObject,
  Message,
  RecipientFields,
  RenderedActivity,
  RenderRefusal,
} from "./message.ts";
import { findingsOf } from "./message-check.ts";
import type { MessageFinding } from "./message-finding.ts";
import { measure, tooBig } from "./message-size.ts";
import { derivedSummary, givenSummary } from "./message-summary.ts";
import {
  type ParsedTemplate,
  parseCardTemplate,
  parseTextTemplate,
  type UsedField,
} from "./message-template.ts";
import { foldProgram, mergeText } from "./template-fold.ts";
import { isPersonField, memberOf } from "./template-path.ts";
import { type Program, runProgram, type ScopeSource } from "./template-program.ts";

/** A message ready to be rendered, with what its author should know; or everything that is wrong with it. */
export type CompileResult =
  | {
      readonly ok: true;
      readonly message: CompiledMessage;
      readonly warnings: readonly MessageFinding[];
    }
  | {
      readonly ok: false;
      readonly code: "MESSAGE_INVALID" | "MESSAGE_TOO_BIG";
      /** At least one. */
      readonly problems: readonly MessageFinding[];
    };

/**
 * Checks a message and parses it once for many recipients. Every problem is reported, not the first alone. The size is checked
 * here as far as it is the same for everyone, and again for each recipient. Never throws, whatever is in the message.
 */
export function compileMessage(given: Message): CompileResult {
  const message = withoutUndefined(given);
  const checked = findingsOf(message);
  if (checked.problems.length > 0)
    return { ok: false, code: "MESSAGE_INVALID", problems: checked.problems };
  const templates = templatesOf(message);
  const problems = templates.flatMap((template) => template.problems);
  if (problems.length > 0) return { ok: false, code: "MESSAGE_INVALID", problems };
  const program = mergeText(activityProgram(message, templates));
  const size = leastBytes(program);
  if (size > messageBytesMax) {
    const text = tooBig(contentOf(message), size);
    return { ok: false, code: "MESSAGE_TOO_BIG", problems: [{ path: "message", text }] };
  }
  const folded = foldProgram(program, message.data);
  const warnings = [...checked.warnings, ...sizeWarnings(leastBytes(folded))];
  const fields = templates.flatMap((template) => template.fields);
  return { ok: true, message: compiled(message, { program, folded }, fields), warnings };
}

function compiled(
  message: Message,
  programs: { readonly program: Program; readonly folded: Program },
  fields: readonly UsedField[],
): CompiledMessage {
  return {
    shared: fields.length === 0,
    fields: unique(fields),
    unfilled: unique(fields.filter((field) => mustBeBrought(field, message.data))),
    render: (recipient) => {
      const own = recipient.data !== undefined;
      return render(message, own ? programs.program : programs.folded, recipient);
    },
  };
}

function sizeWarnings(bytes: number): readonly MessageFinding[] {
  if (bytes <= messageBytesWarn) return [];
  const text = `The message is ${Math.round(bytes / 1000)} KB by Teams' measure; an older limit was ${messageBytesWarn / 1000} KB.`;
  return [{ path: "message", text }];
}

function render(
  message: Message,
  program: Program,
  recipient: RecipientFields,
): RenderedActivity | RenderRefusal {
  const body = runProgram(program, { recipient, messageData: message.data });
  if (typeof body !== "string") return body;
  const sizeBytes = measure(body);
  if (sizeBytes <= messageBytesMax) return { body, sizeBytes };
  const detail = tooBig(contentOf(message, body), sizeBytes);
  return { code: "MESSAGE_TOO_BIG", missing: null, detail };
}

/** The content's template, and the summary's where the author wrote one. */
function templatesOf(message: Message): readonly ParsedTemplate[] {
  const content =
    "card" in message
      ? parseCardTemplate(message.card)
      : "text" in message
        ? parseTextTemplate(message.text, "none", "text")
        : parseTextTemplate(message.markdown, "markdown", "markdown");
  return hasSummary(message)
    ? [content, parseTextTemplate(message.summary, "none", "summary")]
    : [content];
}

function activityProgram(message: Message, templates: readonly ParsedTemplate[]): Program {
  const [{ program: content, scope } = nothing] = templates;
  const summaryProgram = hasSummary(message)
    ? [givenSummary(message.summary)]
    : scoped([derivedSummary(message)], scope);
  const tail: Program = [',"channelData":{"notification":{"alert":true}}}'];
  if ("card" in message)
    return [
      '{"type":"message","attachments":[{"contentType":"application/vnd.microsoft.card.adaptive","content":',
      ...content,
      '}],"summary":',
      ...summaryProgram,
      ...tail,
    ];
  const format = "text" in message ? "plain" : "markdown";
  return [
    `{"type":"message","textFormat":"${format}","text":`,
    ...content,
    ',"summary":',
    ...summaryProgram,
    ...tail,
  ];
}

const nothing: ParsedTemplate = { program: [], fields: [], problems: [] };

function scoped(body: Program, data: ScopeSource | undefined): Program {
  return data === undefined ? body : [{ step: "scope", data, body }];
}

/** A member that is there but undefined is no member; JSON has no such thing, and callers of the library may. */
function withoutUndefined(message: Message): Message {
  const entries = Object.entries(message ?? {}).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as unknown as Message; // the same members, less those without a value
}

function hasSummary(message: Message): message is Message & { readonly summary: string } {
  return message.summary !== undefined && message.summary.trim() !== "";
}

/** What an activity has at least, whatever fills its fields. */
function leastBytes(program: Program): number {
  return program.reduce((bytes, step) => bytes + leastBytesOf(step), 0);
}

function leastBytesOf(step: Program[number]): number {
  if (typeof step === "string") return measure(step);
  if (step.step === "scope") return leastBytes(step.body);
  if (step.step !== "sequence") return 0;
  const certain = step.items.filter((item) => item.data === null && item.when === null);
  return certain.reduce((bytes, item) => bytes + leastBytes(item.body), 0);
}

/** The message's content by the author's names, for naming its biggest part; as rendered where there is a body. */
function contentOf(message: Message, body?: string): JsonObject {
  if (body === undefined) {
    const { data: _, ...content } = message;
    return content;
  }
  // The body is what this file has just written, so its form is known.
  const activity = JSON.parse(body) as {
    readonly text?: string;
    readonly summary: string;
    readonly attachments?: readonly { readonly content: JsonObject }[];
  };
  const { summary } = activity;
  const card = activity.attachments?.[0]?.content;
  if (card !== undefined) return { card, summary };
  const text = activity.text ?? "";
  return "markdown" in message ? { markdown: text, summary } : { text, summary };
}

function mustBeBrought(
  { path, required, scoped }: UsedField,
  data: JsonObject | undefined,
): boolean {
  if (!required || path.from === "$index" || path.from === "$data") return false;
  // Inside a `$data`, a bare name is first of all one of the item's.
  if (scoped && path.from === "field" && path.keys[0] !== "person") return false;
  return !isPersonField(path.keys) && memberOf(data, path.keys) === undefined;
}

function unique(fields: readonly UsedField[]): readonly string[] {
  return [...new Set(fields.map(({ path }) => path.name))];
}
