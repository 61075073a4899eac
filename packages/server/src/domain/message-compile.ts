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
import { derivedSummary } from "./message-summary.ts";
import {
  type ParsedTemplate,
  parseCardTemplate,
  parseTextTemplate,
  type UsedField,
} from "./message-template.ts";
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
export function compileMessage(message: Message): CompileResult {
  const checked = findingsOf(message);
  if (checked.problems.length > 0)
    return { ok: false, code: "MESSAGE_INVALID", problems: checked.problems };
  const templates = templatesOf(message);
  const problems = templates.flatMap((template) => template.problems);
  if (problems.length > 0) return { ok: false, code: "MESSAGE_INVALID", problems };
  const program = merged(activityProgram(message, templates));
  const size = fixedBytes(program);
  if (size > messageBytesMax) {
    const text = tooBig(contentOf(message), size);
    return { ok: false, code: "MESSAGE_TOO_BIG", problems: [{ path: "message", text }] };
  }
  const warnings = [...checked.warnings];
  if (size > messageBytesWarn)
    warnings.push({
      path: "message",
      text: `The message is ${Math.round(size / 1000)} KB by Teams' measure; an older limit was ${messageBytesWarn / 1000} KB.`,
    });
  const fields = templates.flatMap((template) => template.fields);
  return { ok: true, message: compiled(message, program, fields), warnings };
}

function compiled(
  message: Message,
  program: Program,
  fields: readonly UsedField[],
): CompiledMessage {
  const unfilled = unique(fields.filter((field) => mustBeBrought(field, message.data)));
  const usesPerson = fields.some(({ path }) => path.keys[0] === "person");
  let common: RenderedActivity | RenderRefusal | null = null;
  return {
    shared: fields.length === 0,
    fields: unique(fields),
    unfilled,
    render: (recipient) => {
      // Without data of its own, and where nothing is said of the person, each recipient gets the same.
      if (usesPerson || recipient.data !== undefined) return render(message, program, recipient);
      common ??= render(message, program, recipient);
      return common;
    },
  };
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
  const [{ program: content, scope } = nothing, summary] = templates;
  const summaryProgram = summary?.program ?? scoped([derivedSummary(message)], scope);
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

function hasSummary(message: Message): message is Message & { readonly summary: string } {
  return message.summary !== undefined && message.summary.trim() !== "";
}

/** Neighbouring pieces of text as one, so that rendering takes as few steps as there are fields. */
function merged(program: Program): Program {
  const steps: Program[number][] = [];
  for (const step of program) {
    const last = steps.at(-1);
    if (typeof step === "string" && typeof last === "string") steps[steps.length - 1] = last + step;
    else steps.push(step);
  }
  return steps;
}

/** What every recipient's activity has at least. */
function fixedBytes(program: Program): number {
  return program.reduce((bytes, step) => bytes + (typeof step === "string" ? measure(step) : 0), 0);
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
