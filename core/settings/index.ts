export { checkMasterKey } from "./master-key.ts";
export { ensureSecret, findSecret, forgetSecret } from "./secret.ts";
