import { keyring as keyringApi, settings as settingsApi } from "@berth/api";
import { Refusal } from "@berth/kit";
import type { FastifyInstance } from "fastify";
import { serve } from "../platform/http.ts";
import { changeSetting, listSettings, resetSetting } from "./change.ts";
import * as keyring from "./keyring.ts";
import type { Setting } from "./setting.ts";

/** `declared`: the settings of all slices. */
export function settingRoutes(app: FastifyInstance, declared: readonly Setting[]): void {
  serve(app, settingsApi.listSettings, (ctx) => listSettings(ctx, declared));
  serve(app, settingsApi.changeSetting, (ctx, { name, value }) => changeSetting(ctx, declared, name, value));
  serve(app, settingsApi.resetSetting, (ctx, { name }) => resetSetting(ctx, declared, name));
}

export function keyringRoutes(app: FastifyInstance, given: keyring.KeyringParts | undefined): void {
  const parts = () => {
    if (given) return given;
    throw new Refusal("unavailable", "keyring.none", "this installation runs without a keyring");
  };
  serve(app, keyringApi.showKeyring, (ctx) => keyring.showKeyring(ctx, parts()));
  serve(app, keyringApi.rotateKeys, (ctx) => keyring.rotateKeys(ctx, parts()));
  serve(app, keyringApi.dropKey, (ctx, { keyId }) => keyring.dropKey(ctx, parts(), keyId));
  serve(app, keyringApi.rotateMasterKey, (ctx) => keyring.rotateMasterKey(ctx, parts()));
  serve(app, keyringApi.forgetMasterKey, (ctx) => keyring.forgetMasterKey(ctx, parts()));
}
