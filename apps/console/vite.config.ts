import { defineConfig, type HtmlTagDescriptor, type Plugin, type Rolldown } from "vite";

/** Control puts a fresh nonce in the place of this into every page that it answers. */
const noncePlaceholder = "BERTH_NONCE";

/** A module and all that is fetched with it, however many imports away. */
function withImports(start: Rolldown.OutputChunk, chunks: readonly Rolldown.OutputChunk[]): Rolldown.OutputChunk[] {
  const all = new Set([start]);
  for (const { imports } of all) {
    for (const chunk of chunks) if (imports.includes(chunk.fileName)) all.add(chunk);
  }
  return [...all];
}

/** What the first script imports at once is named in the page, so that it comes without a second round trip. */
function preloadStart(): Plugin {
  return {
    name: "preload-start",
    transformIndexHtml: {
      order: "post",
      handler: (_html, { bundle = {} }) => {
        const chunks = Object.values(bundle).filter((one) => one.type === "chunk");
        const start = chunks.find(({ facadeModuleId }) => facadeModuleId?.endsWith("/src/start.tsx"));
        const needed = start ? withImports(start, chunks) : [];
        const files = needed.map(({ fileName }) => fileName);
        const css = needed.flatMap(({ viteMetadata }) => [...(viteMetadata?.importedCss ?? [])]);
        const link = (attrs: Record<string, string>): HtmlTagDescriptor => ({ tag: "link", attrs, injectTo: "head" });
        return [
          ...[...new Set(css)].map((file) => link({ rel: "stylesheet", href: `/${file}` })),
          ...files.map((file) => link({ rel: "modulepreload", href: `/${file}` })),
        ];
      },
    },
  };
}

export default defineConfig({
  root: import.meta.dirname,
  plugins: [preloadStart()],
  logLevel: "warn",
  html: { cspNonce: noncePlaceholder },
  build: {
    target: ["chrome120", "firefox121", "safari17.5"],
    outDir: "dist",
    manifest: "manifest.json",
    // Nothing is ever put into the page itself: the policy forbids it.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 2_000,
    // Libraries mark what may not run on a server; here nothing does.
    rolldownOptions: { checks: { moduleLevelDirective: false } },
  },
});
