import { once } from "node:events";
import type { AddressInfo, Server } from "node:net";
import { Refusal } from "@berth/kit";

/** Listens, and gives the port; without a host on all addresses. What the operator has to mend is said in plain words. */
export async function listenOn(server: Server, { host, port }: ListenAddress): Promise<number> {
  try {
    server.listen({ port, host });
    await once(server, "listening");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why = reasons[code ?? ""];
    if (!why) throw error;
    throw new Refusal(
      "unavailable",
      "tls.port",
      `control can't listen on ${host ?? "any address"}, port ${port}: ${why}`,
    );
  }
  return (server.address() as AddressInfo).port;
}

export interface ListenAddress {
  readonly host: string | undefined;
  readonly port: number;
}

const reasons: Readonly<Record<string, string>> = {
  EACCES: "ports below 1024 need the capability CAP_NET_BIND_SERVICE, or root",
  EADDRINUSE: "another program listens there",
  EADDRNOTAVAIL: "this machine has no such address",
};
