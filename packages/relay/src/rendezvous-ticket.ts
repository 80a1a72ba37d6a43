import { createHash } from "node:crypto";
import type { Readable } from "node:stream";

const mostBytes = 200;
const newline = 10;

/** The first line; what follows it stays unread. Rejects when the line is too long, or none comes. */
export function readFirstLine(stream: Readable): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  let held = Buffer.alloc(0);
  const onClose = () => reject(new Error("it left without a word"));
  const onReadable = () => {
    held = Buffer.concat([held, stream.read() ?? Buffer.alloc(0)]);
    const end = held.indexOf(newline);
    if (end > mostBytes || (end < 0 && held.length > mostBytes)) reject(new Error("that line is too long"));
    if (end < 0) return;
    stream.off("readable", onReadable);
    if (held.length > end + 1) stream.unshift(held.subarray(end + 1));
    resolve(held.subarray(0, end).toString());
  };
  stream.on("readable", onReadable);
  stream.once("close", onClose);
  return promise.finally(() => {
    stream.off("readable", onReadable);
    stream.off("close", onClose);
  });
}

/** How a ticket is announced: whoever overhears that can't come with it. */
export function hashOfTicket(ticket: string): string {
  return createHash("sha256").update(ticket).digest("hex");
}
