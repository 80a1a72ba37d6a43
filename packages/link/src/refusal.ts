import { Refusal, type RefusalKind, refusalKinds } from "@berth/kit";
import { Code, ConnectError } from "@connectrpc/connect";

const codeHeader = "berth-code";

/** What a refusal is on the wire. Anything else is a bug, of which the other end learns nothing. */
export function toConnectError(error: unknown): ConnectError {
  if (error instanceof ConnectError) return error;
  if (!(error instanceof Refusal)) return new ConnectError("something broke", Code.Internal);
  return new ConnectError(error.message, refusalKinds[error.kind].grpc, { [codeHeader]: error.code });
}

/** The refusal that control sent, if this error is one. */
export function findRefusal(error: unknown): Refusal | undefined {
  if (error instanceof Refusal) return error;
  if (!(error instanceof ConnectError)) return undefined;
  const code = error.metadata.get(codeHeader);
  const kind = kindOf(error.code);
  return code && kind ? new Refusal(kind, code, error.rawMessage) : undefined;
}

function kindOf(grpc: number): RefusalKind | undefined {
  const kinds = Object.keys(refusalKinds) as RefusalKind[];
  return kinds.find((kind) => refusalKinds[kind].grpc === grpc);
}
