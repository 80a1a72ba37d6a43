import type { Socket } from "node:net";

/** Values as JSON, one per line; bigint as decimal strings, dates as ISO. */
export function encodeLine(value: unknown): string {
  return `${JSON.stringify(value, (_name, part: unknown) => (typeof part === "bigint" ? part.toString() : part))}\n`;
}

/** Calls back with each line's value. A line over `maxBytes`, or one that is not JSON, ends the connection. */
export function readLines(socket: Socket, maxBytes: number, onValue: (value: unknown) => void): void {
  let parts: string[] = [];
  let held = 0;
  socket.setEncoding("utf8");
  socket.on("data", (chunk: string) => {
    let from = 0;
    for (let at = chunk.indexOf("\n"); at !== -1; at = chunk.indexOf("\n", from)) {
      parts.push(chunk.slice(from, at));
      from = at + 1;
      const line = parts.join("");
      parts = [];
      held = 0;
      if (socket.destroyed || !readLine(socket, line, onValue)) return;
    }
    held += chunk.length - from;
    if (from < chunk.length) parts.push(chunk.slice(from));
    if (held > maxBytes) socket.destroy(new Error(`line of more than ${maxBytes} bytes`));
  });
}

function readLine(socket: Socket, line: string, onValue: (value: unknown) => void): boolean {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (cause) {
    socket.destroy(new Error("line is not JSON", { cause }));
    return false;
  }
  onValue(value);
  return true;
}
