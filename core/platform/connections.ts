import type { Server, Socket } from "node:net";
import { isLoopback, placeOf, plainAddress, type TrustedProxies } from "./client-address.ts";

/** How many connections one place may hold: a large office has fewer, and browsers share them. */
const mostOfPlace = 1_024;

/** Named proxies hold the connections of everybody behind them, and this machine holds its own. */
export const exceptFor = (proxies: TrustedProxies) => (address: string) => isLoopback(address) || proxies.has(address);

/**
 * Cuts off who holds too many connections, before anything is said on them: each takes memory and a descriptor for as long as
 * nobody asks anything.
 */
export function boundConnections(server: Server, isExempt: (address: string) => boolean, most = mostOfPlace): void {
  const open = new Map<string, number>();
  server.prependListener("connection", (socket: Socket) => {
    const address = plainAddress(socket.remoteAddress) ?? "0.0.0.0";
    if (isExempt(address)) return;
    const place = placeOf(address);
    const count = open.get(place) ?? 0;
    if (count >= most) return void socket.destroy();
    open.set(place, count + 1);
    socket.once("close", () => {
      const left = (open.get(place) ?? 1) - 1;
      if (left > 0) open.set(place, left);
      else open.delete(place);
    });
  });
}
