/** A bearer token and how long it lasts. Instants are epoch ms. */
export interface Token {
  readonly kind: "token";
  /** The whole `Authorization` header, `Bearer …`. A secret: never logged, never put in an error. */
  readonly authorization: string;
  readonly acquiredAt: number;
  readonly expiresAt: number;
}

/** Why there is no token. */
export interface TokenFailure {
  readonly kind: "failure";
  /** Whether somebody has to put the configuration right; otherwise trying again may help. */
  readonly permanent: boolean;
  /** The login host's code, such as `AADSTS7000215`, or null. */
  readonly code: string | null;
  /** One line for a person, without any secret. */
  readonly detail: string;
  /** When the next try makes sense; null when unknown. */
  readonly retryAfterMs: number | null;
}

export interface TokenRequest {
  readonly tenantId: string;
  readonly audience: "connector" | "graph";
}

/**
 * Gets the bot's tokens. Implemented for client secrets; certificates and managed identities fit the same interface and are
 * meant for `@azure/msal-node` in a later release.
 */
export interface TokenSource {
  /** A token that is valid now, acquired once however many ask for it. Failures are values; never rejects. */
  token(request: TokenRequest): Promise<Token | TokenFailure>;
  /** Whether `token` would answer at once, with a token or a failure. */
  isReady(request: TokenRequest): boolean;
  /**
   * Says that the token was refused. Answers whether asking again will give another one: at most one token in a minute is
   * given up like this, so that a bot that Teams refuses does not hammer the login host.
   */
  drop(token: Token): boolean;
}
