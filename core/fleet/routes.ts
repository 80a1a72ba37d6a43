import { fleet as api } from "@berth/api";
import type { FastifyInstance } from "fastify";
import { serveBatch } from "../platform/batch.ts";
import { type Handler, serve } from "../platform/http.ts";
import { retireAuthority, rotateAuthority, toAuthority } from "./authorities.ts";
import { revokeNode, setScheduling } from "./change.ts";
import { editNode, showNode } from "./edit.ts";
import { allAuthorities } from "./identity-store.ts";
import { createJoinToken } from "./join.ts";
import { findJoinTokens, revokeJoinToken, showJoinToken } from "./join-token.ts";
import { countNodes, findNodes, findRegions } from "./list-store.ts";
import { type Supplies, showSshJoin, startSshJoin } from "./ssh/join.ts";
import { hostKeyOf } from "./ssh/shell.ts";
import { getNode } from "./store.ts";
import { askForReach, showReach } from "./test-reach.ts";
import { findFigures, previewRemoval } from "./views.ts";

const cordon: Handler<typeof api.cordonNode> = (ctx, { nodeId }) => setScheduling(ctx, nodeId, "cordoned");
const uncordon: Handler<typeof api.uncordonNode> = (ctx, { nodeId }) => setScheduling(ctx, nodeId, "open");

const edit: Handler<typeof api.editNode> = (ctx, asked) => editNode(ctx, asked);
const testReach: Handler<typeof api.testReachability> = (ctx, { nodeId }) => askForReach(ctx, nodeId);

/** `supplies`: where agents reach control, and what they run. */
export function fleetRoutes(app: FastifyInstance, supplies: Supplies): void {
  const { linkUrl } = supplies;
  serve(app, api.listNodes, findNodes);
  serve(app, api.countNodes, countNodes);
  serve(app, api.listRegions, findRegions);
  serve(app, api.getNode, async (ctx, { nodeId }) => showNode(ctx, await getNode(ctx, nodeId)));
  serve(app, api.editNode, edit);
  serveBatch(app, api.editNodes, edit);
  serve(app, api.getFigures, findFigures);
  serve(app, api.getReachability, (ctx, { nodeId }) => showReach(ctx, nodeId));
  serve(app, api.testReachability, testReach);
  serveBatch(app, api.testReachabilities, testReach);
  serve(app, api.createJoinToken, (ctx, input) => createJoinToken(ctx, input, linkUrl));
  serve(app, api.listJoinTokens, findJoinTokens);
  serve(app, api.getJoinToken, (ctx, { joinTokenId }) => showJoinToken(ctx, joinTokenId));
  serve(app, api.revokeJoinToken, (ctx, { joinTokenId }) => revokeJoinToken(ctx, joinTokenId));
  serve(app, api.showHostKey, async (_, server) => ({ hostKey: await hostKeyOf(server) }));
  serve(app, api.startSshJoin, (ctx, asked) => startSshJoin(ctx, asked, supplies));
  serve(app, api.getSshJoin, (ctx, { sshJoinId }) => showSshJoin(ctx, sshJoinId));
  serve(app, api.cordonNode, cordon);
  serveBatch(app, api.cordonNodes, cordon);
  serve(app, api.uncordonNode, uncordon);
  serveBatch(app, api.uncordonNodes, uncordon);
  serve(app, api.previewRemoval, (ctx, { nodeId }) => previewRemoval(ctx, nodeId));
  serve(app, api.revokeNode, (ctx, { nodeId, reason }) => revokeNode(ctx, nodeId, reason));
  serve(app, api.listAuthorities, async (ctx) => ({ items: (await allAuthorities(ctx)).map(toAuthority) }));
  serve(app, api.rotateAuthority, (ctx) => rotateAuthority(ctx));
  serve(app, api.retireAuthority, (ctx, { authorityId }) => retireAuthority(ctx, authorityId));
}
