import type { Permission } from "@berth/api";
import { TabLinks, useTab } from "@berth/ui/detail/detail.tsx";
import { Page } from "@berth/ui/frame/page.tsx";
import { useSession } from "@berth/ui/permission/session.ts";
import { useWords } from "@berth/ui/words/words.ts";
import type { ReactNode } from "react";
import { settingsWords } from "../../../i18n/areas.ts";
import { Certificates } from "./certificates.tsx";
import { Guard } from "./guard.tsx";
import { Keyring } from "./keyring.tsx";
import { Roles } from "./roles.tsx";
import { Values } from "./values.tsx";

const tabsOf: readonly (readonly [
  key: "values" | "guard" | "roles" | "certificates" | "keys",
  permission: Permission,
])[] = [
  ["values", "settings.read"],
  ["guard", "guard.read"],
  ["roles", "roles.read"],
  ["certificates", "certificates.read"],
  ["keys", "keyring.write"],
];

const at = "/operator/settings";

/** What can be set while everything runs. */
export default function Settings(): ReactNode {
  const say = useWords(settingsWords);
  const { permissions } = useSession();
  const tabs = tabsOf
    .filter(([, permission]) => permissions.has(permission))
    .map(([key]) => ({ key, label: say(`tabs.${key}`) }));
  const tab = useTab(at, tabs);
  return (
    <Page title={say("title")}>
      <TabLinks at={at} tabs={tabs} />
      {tab === "values" && <Values />}
      {tab === "guard" && <Guard />}
      {tab === "roles" && <Roles />}
      {tab === "certificates" && <Certificates />}
      {tab === "keys" && <Keyring />}
    </Page>
  );
}
