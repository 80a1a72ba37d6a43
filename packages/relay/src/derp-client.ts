import { createHash, type X509Certificate } from "node:crypto";
import { EventEmitter, once } from "node:events";
import { connect as connectTls, type TLSSocket } from "node:tls";
import {
  encodeClientInfo,
  encodeFrame,
  FrameDecoder,
  FrameType,
  type KeyPair,
  keyBytes,
  maxFrameBytes,
  openServerInfo,
  parseMetaCertificate,
  parseServerKey,
  protocolVersion,
  uniformLimits,
} from "@berth/derp";

export interface DerpTarget {
  readonly host: string;
  readonly port: number;
  /** SHA-256 of the leaf certificate in hex, as in `sha256-raw:`. */
  readonly pin: string;
  readonly keys: KeyPair;
  /** Log in with the first flight, as Tailscale's clients do over TLS 1.3; the default. */
  readonly fastStart?: boolean;
  /** For TLS, where it is not the host. */
  readonly serverName?: string;
  /** Logs in as a peer of the relay's mesh, which may watch and close connections. */
  readonly meshKey?: string;
  readonly signal?: AbortSignal;
}

interface DerpClientEvents {
  packet: [packet: Buffer, source: Buffer];
  peerGone: [key: Buffer, reason: number];
  health: [text: string];
  keepAlive: [];
  /** Any other frame. */
  frame: [type: number, body: Buffer];
  drain: [];
  close: [];
}

/** A DERP client as small as one can be: logs in, sends and receives packets. */
export class DerpClient extends EventEmitter<DerpClientEvents> {
  readonly #socket: TLSSocket;
  readonly #keys: KeyPair;
  readonly #serverKey: Buffer;
  readonly #pings: { resolve: () => void; reject: (error: Error) => void }[] = [];
  #onLogin: () => void = () => {};
  /** What happens before whoever connects has got the client, and could not listen yet. */
  #early: (() => void)[] | undefined = [];

  /** Resolves when the relay has admitted the key; rejects when it closes instead, or shows other certificates. */
  static async connect(target: DerpTarget): Promise<DerpClient> {
    const socket = connectTls({
      host: target.host,
      port: target.port,
      servername: target.serverName,
      rejectUnauthorized: false, // the pin decides
      ALPNProtocols: ["http/1.1"],
    });
    socket.setNoDelay(true);
    const abort = () => socket.destroy(target.signal?.reason as Error);
    target.signal?.addEventListener("abort", abort, { once: true });
    try {
      await once(socket, "secureConnect");
      const client = new DerpClient(socket, target.keys, readServerKey(socket, target.pin));
      await client.#login(target);
      return client;
    } catch (error) {
      socket.destroy();
      throw error;
    } finally {
      target.signal?.removeEventListener("abort", abort);
    }
  }

  private constructor(socket: TLSSocket, keys: KeyPair, serverKey: Buffer) {
    super();
    this.#socket = socket;
    this.#keys = keys;
    this.#serverKey = serverKey;
    socket.on("error", () => {}); // a close follows
    socket.on("close", () => this.#tell(() => this.emit("close")));
    socket.on("close", () => this.#onEnd());
    socket.on("drain", () => this.emit("drain"));
  }

  /** Whether more may be sent at once; when not, wait for "drain". */
  send(destination: Uint8Array, packet: Uint8Array): boolean {
    return this.#socket.write(encodeFrame(FrameType.SendPacket, destination, packet));
  }

  /** Any frame, as tests need it. */
  sendFrame(type: number, ...parts: Uint8Array[]): boolean {
    return this.#socket.write(encodeFrame(type, ...parts));
  }

  /** Bytes as they are, as tests and load need them. */
  sendRaw(bytes: Uint8Array): boolean {
    return this.#socket.write(bytes);
  }

  /** Milliseconds to the relay and back. One at a time: the relay answers no faster. */
  async ping(): Promise<number> {
    const began = performance.now();
    this.sendFrame(FrameType.Ping, Buffer.alloc(8, this.#pings.length + 1));
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#pings.push({ resolve, reject });
    await promise;
    return performance.now() - began;
  }

  /** Stops reading, so that the relay sees a slow receiver. */
  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** Says goodbye; what was sent before still arrives. */
  async close(): Promise<void> {
    if (this.#socket.closed) return;
    const closed = once(this.#socket, "close");
    this.#socket.end();
    await closed;
  }

  /** Ends without a goodbye. */
  destroy(): void {
    this.#socket.destroy();
  }

  async #login({ host, port, fastStart = true, meshKey }: DerpTarget): Promise<void> {
    const { promise: admitted, resolve, reject } = Promise.withResolvers<void>();
    admitted.catch(() => {}); // awaited below, maybe later than it fails
    this.#onLogin = resolve;
    this.#socket.once("close", () => reject(new Error("the relay closed the connection before login")));
    const upgrade =
      `GET /derp HTTP/1.1\r\nHost: ${host}:${port}\r\nConnection: Upgrade\r\nUpgrade: DERP\r\n` +
      `${fastStart ? "Derp-Fast-Start: 1\r\n" : ""}\r\n`;
    const info = { version: protocolVersion, canAckPings: true, isProber: false, meshKey };
    const login = encodeClientInfo(info, this.#keys, this.#serverKey);
    if (fastStart) {
      this.#listen();
      this.#socket.write(Buffer.concat([Buffer.from(upgrade), login]));
    } else {
      this.#socket.write(upgrade);
      const rest = await readUpgrade(this.#socket);
      this.#listen(rest);
      this.#socket.write(login);
    }
    await admitted;
  }

  #listen(head?: Buffer): void {
    const decoder = new FrameDecoder(uniformLimits(maxFrameBytes), (type, bytes, start, end) =>
      this.#onFrame(type, bytes.subarray(start, end)),
    );
    const read = (chunk: Buffer) => {
      try {
        decoder.push(chunk);
      } catch (error) {
        this.#socket.destroy(error as Error);
      }
    };
    if (head) read(head);
    this.#socket.on("data", read);
  }

  #onEnd(): void {
    for (const { reject } of this.#pings.splice(0)) reject(new Error("connection closed"));
  }

  #tell(event: () => void): void {
    if (this.#early) this.#early.push(event);
    else event();
  }

  #catchUp(): void {
    const early = this.#early ?? [];
    this.#early = undefined;
    for (const event of early) event();
  }

  #onFrame(type: number, body: Buffer): void {
    switch (type) {
      case FrameType.ServerKey:
        if (!parseServerKey(body).equals(this.#serverKey)) throw new Error("another server key than the certificate's");
        break;
      case FrameType.ServerInfo:
        if (openServerInfo(body, this.#keys, this.#serverKey) === undefined) throw new Error("bad server info");
        this.#onLogin();
        setImmediate(() => this.#catchUp());
        break;
      case FrameType.Pong:
        this.#pings.shift()?.resolve();
        break;
      default:
        this.#tell(() => this.#emitFrame(type, body));
    }
  }

  #emitFrame(type: number, body: Buffer): void {
    switch (type) {
      case FrameType.RecvPacket:
        this.emit("packet", body.subarray(keyBytes), body.subarray(0, keyBytes));
        break;
      case FrameType.PeerGone:
        this.emit("peerGone", body.subarray(0, keyBytes), body[keyBytes] ?? 0);
        break;
      case FrameType.Health:
        this.emit("health", body.toString());
        break;
      case FrameType.KeepAlive:
        this.emit("keepAlive");
        break;
      default:
        this.emit("frame", type, body);
    }
  }
}

/** Reads the answer to the upgrade; gives back what follows it. */
async function readUpgrade(socket: TLSSocket): Promise<Buffer> {
  let seen = Buffer.alloc(0);
  for (;;) {
    const end = seen.indexOf("\r\n\r\n");
    if (end !== -1) {
      if (!seen.toString("latin1").startsWith("HTTP/1.1 101 ")) throw new Error("the relay refused the upgrade");
      return seen.subarray(end + 4);
    }
    await Promise.race([once(socket, "readable"), once(socket, "close")]);
    const chunk: unknown = socket.read();
    if (chunk instanceof Buffer) seen = Buffer.concat([seen, chunk]);
    else if (socket.closed) throw new Error("the relay closed the connection before login");
  }
}

/** The server's key from the meta certificate, when the other certificate, and only one, is the pinned one. */
function readServerKey(socket: TLSSocket, pin: string): Buffer {
  const certificates: X509Certificate[] = [];
  for (let one = socket.getPeerX509Certificate(); one && certificates.length < 10; one = one.issuerCertificate) {
    certificates.push(one);
  }
  const [leaf, meta] = certificates;
  const serverKey = meta && parseMetaCertificate(meta);
  if (!leaf || !serverKey || certificates.length !== 2) throw new Error("not a leaf and a meta certificate");
  const seen = createHash("sha256").update(leaf.raw).digest("hex");
  if (seen !== pin) throw new Error(`certificate ${seen} is not the pinned one`);
  return serverKey;
}
