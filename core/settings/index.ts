export { settingsChannel } from "./change.ts";
export {
  dropKey,
  forgetMasterKey,
  type KeyringParts,
  rotateKeys,
  rotateMasterKey,
  showKeyring,
} from "./keyring.ts";
export { checkFirstMasterKey, checkMasterKey } from "./master-key.ts";
export { readSet, readSetting } from "./read.ts";
export { keyringRoutes, settingRoutes } from "./routes.ts";
export { ensureSecret, findSecret, forgetSecret, takeSecret } from "./secret.ts";
export { type Setting, setting } from "./setting.ts";
