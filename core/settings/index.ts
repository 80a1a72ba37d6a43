export { checkFirstMasterKey, checkMasterKey } from "./master-key.ts";
export { ensureSecret, findSecret, forgetSecret, takeSecret } from "./secret.ts";
