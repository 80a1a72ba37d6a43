import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { FastifyInstance } from "fastify";

/** The page's parts come from here and nowhere else; it shows pictures that are within its own style sheet. */
const policy = [
  "default-src 'none'",
  ...["script-src", "style-src", "connect-src"].map((directive) => `${directive} 'self'`),
  "img-src 'self' data:",
  ...["base-uri", "form-action", "frame-ancestors"].map((directive) => `${directive} 'none'`),
].join("; ");

const page = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Berth API</title>
    <link rel="icon" href="data:,">
    <link rel="stylesheet" href="/api/docs/ui.css">
    <script src="/api/docs/ui.js" defer></script>
    <script src="/api/docs/start.js" defer></script>
  </head>
  <body>
    <div id="docs"></div>
  </body>
</html>
`;

/**
 * Nothing is checked by others, kept in the browser, or asked of another host. Closed at first: of more than 126 operations
 * that are all open, Swagger UI draws but a few.
 */
const start = `SwaggerUIBundle({
  url: "/api/openapi.json",
  domNode: document.getElementById("docs"),
  validatorUrl: null,
  persistAuthorization: false,
  docExpansion: "none",
  defaultModelsExpandDepth: 0,
});
`;

const script = "text/javascript; charset=utf-8";

/** The OpenAPI document as a page to read and to try, under `/api/docs`. */
export function serveApiDocs(app: FastifyInstance): void {
  const files: Readonly<Record<string, { type: string; read: () => Promise<string> }>> = {
    "/api/docs": { type: "text/html; charset=utf-8", read: async () => page },
    "/api/docs/start.js": { type: script, read: async () => start },
    "/api/docs/ui.js": { type: script, read: () => readPart("swagger-ui-dist/swagger-ui-bundle.js") },
    "/api/docs/ui.css": { type: "text/css; charset=utf-8", read: () => readPart("swagger-ui-dist/swagger-ui.css") },
  };
  for (const [url, { type, read }] of Object.entries(files)) {
    app.get(url, { schema: { hide: true } }, async (_request, reply) =>
      reply
        .type(type)
        .header("content-security-policy", policy)
        .header("cache-control", "no-cache")
        .send(await read()),
    );
  }
}

function readPart(name: string): Promise<string> {
  return readFile(fileURLToPath(import.meta.resolve(name)), "utf8");
}
