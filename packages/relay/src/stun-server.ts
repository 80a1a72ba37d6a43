import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { isIPv6 } from "node:net";
import { Refusal } from "@berth/kit";
import { encodeResponse, parseRequest } from "@berth/stun";

/** Tells whoever asks under which address it is seen: how clients measure the way to this node. */
export class StunServer {
  readonly #socket: Socket;
  answered = 0;
  ignored = 0;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("message", (message, { address, port }) => {
      const request = parseRequest(message);
      if (!request) {
        this.ignored++;
        return;
      }
      this.answered++;
      socket.send(encodeResponse(request, { address, port }), port, address, () => {}); // lost: the asker asks again
    });
    socket.on("error", () => {}); // of single datagrams; the socket stays
  }

  static async listen(host: string, port: number): Promise<StunServer> {
    const socket = createSocket(isIPv6(host) ? "udp6" : "udp4");
    try {
      socket.bind({ address: host, port, exclusive: true });
      await once(socket, "listening");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
      throw new Refusal("conflict", "relay.stun_port_in_use", `UDP port ${port} is in use`, { port });
    }
    return new StunServer(socket);
  }

  async close(): Promise<void> {
    const closed = once(this.#socket, "close");
    this.#socket.close();
    await closed;
  }
}
