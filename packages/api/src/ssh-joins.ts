import { z } from "zod";
import { joinTokenId } from "./joining.ts";
import { nodeId } from "./node.ts";
import { route } from "./route.ts";
import { idOf, label, time } from "./values.ts";

const server = {
  host: z
    .string()
    .max(255)
    .regex(/^[0-9A-Za-z.:_-]+$/)
    .describe("a name or an address"),
  port: z.int().min(1).max(65_535).default(22),
};
const hostKey = z
  .string()
  .regex(/^SHA256:[0-9A-Za-z+/]{43}$/)
  .describe("as `ssh-keygen -lf` prints it")
  .meta({ examples: [`SHA256:${"0".repeat(43)}`] });
const sshJoinId = idOf("ssh");

const sshJoin = z.object({
  id: sshJoinId,
  host: z.string(),
  port: z.number().int(),
  username: z.string(),
  hostKey: z.string(),
  state: z.enum(["running", "done", "failed"]),
  step: z.enum(["connecting", "looking", "sending", "starting", "joining"]),
  percent: z.number().int(),
  problem: z.object({ code: z.string(), detail: z.string() }).nullable(),
  joinTokenId,
  nodeId: nodeId.nullable(),
  madeBy: z.string(),
  startedAt: time,
});

export const showHostKey = route({
  method: "POST",
  path: "/ssh-joins/host-key",
  permission: "nodes.write",
  stepUp: true,
  idempotency: "off",
  dryRun: "off",
  summary: "The key that a server shows now, to be compared before anybody signs in there",
  input: z.object(server),
  reply: z.object({ hostKey }),
});

export const startSshJoin = route({
  method: "POST",
  path: "/ssh-joins",
  permission: "nodes.write",
  stepUp: true,
  idempotency: "off",
  summary:
    "Make a server a node over SSH: signs in, installs relay and agent, starts them. Password and key are kept nowhere",
  input: z.object({
    ...server,
    hostKey,
    username: z.string().min(1).max(64),
    password: z.string().min(1).max(256).optional(),
    privateKey: z.string().min(1).max(16_384).optional(),
    passphrase: z.string().max(256).optional(),
    name: label.optional(),
    region: label.max(32).optional(),
    address: z.string().max(255).optional().describe("under which others reach it; absent: what control observes"),
    ports: z
      .string()
      .regex(/^\d{1,5}-\d{1,5}$/)
      .optional()
      .describe("for customers, such as 20000-29999"),
    stunPort: z.int().min(0).max(65_535).optional(),
  }),
  reply: sshJoin,
});

export const getSshJoin = route({
  method: "GET",
  path: "/ssh-joins/:sshJoinId",
  permission: "nodes.read",
  summary: "How far a server is that is made a node over SSH",
  input: z.object({ sshJoinId }),
  reply: sshJoin,
});
