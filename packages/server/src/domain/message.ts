/** Any JSON value. */
export type Json =
  | string
  | number
  | boolean
  | null
  | readonly Json[]
  | { readonly [key: string]: Json };
/** Any JSON object. */
export type JsonObject = { readonly [key: string]: Json };

/**
 * Content an author wrote. `data` fills `${field}`s beside what the directory knows of the recipient
 * (`${person.givenName}`, `${person.name}`, …); per-recipient data wins over it.
 */
export type Message =
  | { readonly text: string; readonly summary?: string; readonly data?: JsonObject }
  | { readonly markdown: string; readonly summary?: string; readonly data?: JsonObject }
  | { readonly card: JsonObject; readonly summary?: string; readonly data?: JsonObject };

/** What a recipient brings to the expansion of `${field}`s. */
export interface RecipientFields {
  readonly person?: {
    readonly id: string;
    readonly name: string | null;
    readonly givenName: string | null;
    readonly surname: string | null;
    readonly userPrincipalName: string | null;
    readonly email: string | null;
    readonly locale: string | null;
  };
  readonly data?: JsonObject;
}

/**
 * A message made ready for many recipients: parsed once, rendered per recipient.
 * `render` answers the serialised connector activity (`{"type":"message",…}`), or why this recipient cannot have it.
 */
export interface CompiledMessage {
  /** True when no field depends on the recipient, so that one rendering serves all. */
  readonly shared: boolean;
  /** Names of the fields it uses, such as `person.givenName`, for preflight. */
  readonly fields: readonly string[];
  /**
   * Those of them that have no default and that neither the message's own `data` nor the directory gives: every recipient
   * must bring them in data of their own, or is refused with MESSAGE_FIELD_MISSING.
   */
  readonly unfilled: readonly string[];
  render(fields: RecipientFields): RenderedActivity | RenderRefusal;
}

/** A serialised activity and its size by Teams' measure. */
export interface RenderedActivity {
  readonly body: string;
  /** 2 × UTF-16 code units of `body`. */
  readonly sizeBytes: number;
}

/** Why a message cannot be rendered for one recipient; told from a {@link RenderedActivity} by `"missing" in …`. */
export interface RenderRefusal {
  readonly code: "MESSAGE_FIELD_MISSING" | "MESSAGE_TOO_BIG";
  /** The field that has no value that fits; null when the rendered message is too big. */
  readonly missing: string | null;
  /** One sentence for a person. */
  readonly detail: string;
}
