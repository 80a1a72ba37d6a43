import { certificates as api } from "@berth/api";
import type { FastifyInstance } from "fastify";
import { serve } from "../platform/http.ts";
import type { Shelf } from "../platform/tls/shelf.ts";
import { listCertificates, renewCertificate } from "./list.ts";

/** `shelf`: what this replica serves; absent where it speaks no TLS itself. */
export function certificateRoutes(app: FastifyInstance, shelf: Shelf | undefined): void {
  serve(app, api.listCertificates, (ctx) => listCertificates(ctx, shelf));
  serve(app, api.renewCertificate, (ctx, { certificateId }) => renewCertificate(ctx, shelf, certificateId));
}
