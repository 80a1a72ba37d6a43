import manifest from "../package.json" with { type: "json" };

/** Of this release: control, agents and relays of one have the same. */
export const version = manifest.version;
