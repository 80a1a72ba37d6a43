import { createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { AgentService } from "./gen/berth/link/v1/link_pb.ts";
import { makeKeyPair } from "./keys.ts";
import { findRefusal } from "./refusal.ts";
import { makeRequest } from "./request.ts";

/** Who calls, as no agent does: from any address of this machine, with any certificate, believing every server. */
export interface Stranger {
  readonly url: string;
  readonly localAddress: string;
  readonly cert?: string;
  readonly key?: string;
}

/** One call on a connection of its own; the code of what it was refused for, or that it could not be made. */
export async function attempt(
  method: "enrol" | "renew",
  token: string,
  { url, ...options }: Stranger,
): Promise<string> {
  const nodeOptions = { ...options, rejectUnauthorized: false };
  const transport = createGrpcTransport({ baseUrl: url, nodeOptions, idleConnectionTimeoutMs: 1 });
  const client = createClient(AgentService, transport);
  const request = await makeRequest(await makeKeyPair());
  const call =
    method === "enrol"
      ? client.enrol({ token, request, name: "x" }, { timeoutMs: 10_000 })
      : client.renew({ request }, { timeoutMs: 10_000 });
  return call.then(
    () => "done",
    (error: unknown) => findRefusal(error)?.code ?? "cut off",
  );
}
