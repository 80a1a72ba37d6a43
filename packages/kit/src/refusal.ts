/** The closed set of ways in which a caller can be wrong, and how each transport says it. */
export const refusalKinds = {
  invalid: { http: 400, grpc: 3 },
  unauthenticated: { http: 401, grpc: 16 },
  forbidden: { http: 403, grpc: 7 },
  not_found: { http: 404, grpc: 5 },
  conflict: { http: 409, grpc: 9 },
  exhausted: { http: 429, grpc: 8 },
  unavailable: { http: 503, grpc: 14 },
} as const;

export type RefusalKind = keyof typeof refusalKinds;

/** The caller's doing. `code` is public and permanent (`slice.reason`); anything else that is thrown is a bug. */
export class Refusal extends Error {
  readonly kind: RefusalKind;
  readonly code: string;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(kind: RefusalKind, code: string, message: string, details: Record<string, unknown> = {}) {
    super(message);
    this.name = "Refusal";
    this.kind = kind;
    this.code = code;
    this.details = details;
  }
}
