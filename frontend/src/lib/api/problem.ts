/** An error answer of the API (`application/problem+json`), readable by a person. */
export interface Problem {
  type?: string;
  title?: string;
  status: number;
  code: string;
  detail: string;
  field?: string | null;
  /** The present state, sent with a lost race (409 or 412). */
  current?: unknown;
}

/** Thrown by every API call that did not succeed. `status` 0 means: the server was not reached. */
export class ApiError extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.detail);
    this.name = "ApiError";
    this.problem = problem;
  }

  get status(): number {
    return this.problem.status;
  }

  get code(): string {
    return this.problem.code;
  }
}

/** Whether a failure means "try again when the connection is back". */
export function isOffline(error: unknown): boolean {
  return error instanceof ApiError && (error.status === 0 || error.status >= 502);
}

/** Turns whatever a failed answer carried into a `Problem`. */
export function toProblem(body: unknown, status: number): Problem {
  const fields = typeof body === "object" && body !== null ? (body as Partial<Problem>) : {};
  return {
    ...fields,
    status,
    code: fields.code ?? (status === 0 ? "network" : "unexpected"),
    detail:
      fields.detail ??
      fields.title ??
      (status === 0 ? "The server cannot be reached." : `The server answered ${status}.`),
  };
}
