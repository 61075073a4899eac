/** An RFC 9457 problem document, as the service answers it. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  /** Stable, for programs. */
  readonly code: string;
  /** What happened and what to do, for people. */
  readonly detail: string;
  /** Names the request in the service's log. */
  readonly requestId?: string;
  /** Every field that is wrong, where the request is. */
  readonly errors?: readonly { readonly path: string; readonly message: string }[];
  readonly [member: string]: unknown;
}

/** The service refused a request, or could not carry it out. */
export class CarillonError extends Error {
  override readonly name = "CarillonError";
  readonly code: string;
  readonly status: number;
  readonly detail: string;
  readonly problem: Problem;
  constructor(problem: Problem) {
    super(problem.detail);
    this.code = problem.code;
    this.status = problem.status;
    this.detail = problem.detail;
    this.problem = problem;
  }
}

/** No Carillon service answered: nothing listens there, the connection broke, or something else answered. */
export class CarillonUnreachableError extends Error {
  override readonly name = "CarillonUnreachableError";
  readonly code = "SERVICE_UNREACHABLE";
  /** The address that was tried. */
  readonly url: string;
  /** The status of an answer that was not Carillon's; null where none came. */
  readonly status: number | null;
  constructor(
    url: string,
    what: { readonly detail: string; readonly status?: number; readonly cause?: unknown },
  ) {
    super(what.detail, what.cause === undefined ? undefined : { cause: what.cause });
    this.url = url;
    this.status = what.status ?? null;
  }
}
