/**
 * Before anything else runs, and so in a file of its own. Parts of Ant Design write style sheets as text: text without `<` can't become an element, and nothing
 * else may be written that way. Some of them (its scroll lock, its scrollbar probe) leave the nonce out that styles need.
 */
interface Policies {
  createPolicy(name: "default", rules: { createHTML: (text: string) => string }): unknown;
}

const { trustedTypes } = window as unknown as { readonly trustedTypes?: Policies };
trustedTypes?.createPolicy("default", {
  createHTML: (text) => {
    if (text.includes("<")) throw new TypeError("no markup out of text");
    return text;
  },
});

const nonce = document.querySelector<HTMLMetaElement>("meta[property=csp-nonce]")?.nonce ?? "";
const create = document.createElement.bind(document);
document.createElement = (name: string, options?: ElementCreationOptions) => {
  const made = create(name, options);
  if (name === "style") made.nonce = nonce;
  return made;
};

// Its probe for `new Function` would be reported as an attempt to run text.
Object.assign(globalThis, { __zod_globalConfig: { jitless: true } });

void import("./start.tsx");
