import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { nextTestPort } from "./ports.ts";

export interface MailServer {
  readonly url: string;
  readonly received: { to: string; text: string }[];
  answerRecipient(answer: string): void;
  close(): Promise<void>;
}

/** As much of RFC 5321 as it takes to be sent a mail, in the clear. */
export async function startMailServer(): Promise<MailServer> {
  const received: MailServer["received"] = [];
  let answer = "250 ok";
  const server: Server = createServer((socket) => converse(socket, received, () => answer));
  const port = nextTestPort();
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `smtp://127.0.0.1:${port}`,
    received,
    answerRecipient: (next) => {
      answer = next;
    },
    close: async () => {
      server.close();
      await once(server, "close");
    },
  };
}

function converse(socket: Socket, received: MailServer["received"], recipientAnswer: () => string): void {
  let to = "";
  let rest = "";
  const say = (words: string) => void socket.write(`${words}\r\n`);
  const answers: Record<string, () => string> = {
    RCPT: recipientAnswer,
    DATA: () => "354 go on",
    QUIT: () => "221 bye",
  };
  const onLine = (line: string) => {
    const verb = line.slice(0, 4).toUpperCase();
    if (verb === "RCPT") to = line.slice(line.indexOf(":") + 1);
    say(answers[verb]?.() ?? "250 ok");
  };
  /** Takes what comes after DATA, up to the line with a dot. */
  const takeText = (chunk: string) => {
    const end = chunk.indexOf("\r\n.\r\n");
    if (end === -1) return false;
    received.push({ to, text: chunk.slice(0, end) });
    say("250 taken");
    return true;
  };
  let isText = false;
  socket.on("data", (chunk) => {
    rest += chunk;
    if (isText && takeText(rest)) [isText, rest] = [false, ""];
    if (isText) return;
    const lines = rest.split("\r\n");
    rest = lines.pop() ?? "";
    for (const line of lines) onLine(line);
    isText = lines.at(-1)?.toUpperCase() === "DATA";
  });
  socket.on("error", () => {});
  say("220 test");
}
