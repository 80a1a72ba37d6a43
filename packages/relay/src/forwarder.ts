import { encodePeerGone, FrameType, headerBytes, isDisco, keyBytes, PeerGoneReason } from "@berth/derp";
import type { Member, Peer } from "./member.ts";
import type { Flusher, Outbox } from "./outbox.ts";
import type { Tally } from "./tally.ts";

/*
 * The hot path. A SendPacket frame and the RecvPacket frame it becomes have the same size and differ only in the type byte and
 * the key, so the frame is rewritten where it lies; neighbours for the same receiver leave as one piece of the chunk.
 *
 *   in:   04 | length | destination | packet        out:   05 | length | source | packet
 */
export class Forwarder {
  readonly #tally: Tally;
  // The run that grows: [from, end) of `bytes`, all for one outbox.
  #outbox: Outbox | undefined;
  #bytes: Buffer = Buffer.alloc(0);
  #from = 0;
  #end = 0;

  constructor(tally: Tally) {
    this.#tally = tally;
  }

  /** A SendPacket's body lies in [start, end) and holds at least a key. Its payload is counted here, wherever it goes then. */
  forward(sender: Peer, bytes: Buffer, start: number, end: number): void {
    const { room, member } = sender;
    if (member === undefined || !room.meter.take(member.counter, end - start - keyBytes)) {
      this.#tally.drops[(sender.dismissedFor ?? "allowance") === "allowance" ? "allowance" : "closing"]++;
      return;
    }
    const to = room.members.get(bytes.toString("latin1", start, start + keyBytes));
    if (to === undefined) {
      this.#missing(sender, bytes, start, end);
      return;
    }
    const receiver = to.active;
    if (receiver !== sender.lastReceiver) remember(sender, receiver);
    bytes[start - headerBytes] = FrameType.RecvPacket;
    bytes.set(member.key, start);
    this.#append(receiver.outbox, bytes, start - headerBytes, end);
  }

  /** Hands the run over. To be called after each read: the next chunk is another buffer. */
  flush(): void {
    const outbox = this.#outbox;
    if (outbox === undefined) return;
    this.#outbox = undefined;
    outbox.packets(this.#bytes, this.#from, this.#end);
  }

  #append(outbox: Outbox, bytes: Buffer, from: number, end: number): void {
    if (this.#outbox !== outbox || this.#end !== from || this.#bytes !== bytes) {
      this.flush();
      this.#outbox = outbox;
      this.#bytes = bytes;
      this.#from = from;
    }
    this.#end = end;
  }

  #missing(sender: Peer, bytes: Buffer, start: number, end: number): void {
    this.#tally.drops.unknown_destination++;
    // Only path discovery has use for the notice; WireGuard retries by itself.
    if (!isDisco(bytes, start + keyBytes, end) || !sender.mayTellNotHere()) return;
    sender.outbox.control(encodePeerGone(bytes.subarray(start, start + keyBytes), PeerGoneReason.notHere));
  }
}

function remember(sender: Peer, receiver: Peer): void {
  sender.lastReceiver = receiver;
  sender.member?.reached.add(receiver);
  if (sender.member) receiver.heardFrom.add(sender.member);
}

/** Tells those that got packets from the member that it is gone, each once. */
export function tellGone({ key, reached }: Member, flusher: Flusher): void {
  const frame = encodePeerGone(key, PeerGoneReason.disconnected);
  for (const connection of reached) connection.outbox.control(frame);
  reached.clear();
  flusher.flush();
}
