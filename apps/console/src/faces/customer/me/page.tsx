import { Detail, useTab } from "@berth/ui/detail/detail.tsx";
import { useSession } from "@berth/ui/permission/session.ts";
import { StateTag } from "@berth/ui/states/state-tag.tsx";
import { useWords } from "@berth/ui/words/words.ts";
import type { ReactNode } from "react";
import { meWords } from "../../../i18n/areas.ts";
import { History } from "./history.tsx";
import { Keys } from "./keys.tsx";
import { Security } from "./security.tsx";
import { Sessions } from "./sessions.tsx";

const keys = ["security", "sessions", "keys", "history"] as const;

/** One's own account: how to come in, from where, and what happened. */
export default function Me(): ReactNode {
  const say = useWords(meWords);
  const { account } = useSession();
  const tabs = keys.map((key) => ({ key, label: say(`tabs.${key}`) }));
  const tab = useTab("/me", tabs);
  return (
    <Detail name={account.username} at="/me" tabs={tabs} state={<StateTag of="account" state={account.state} />}>
      {tab === "security" && <Security />}
      {tab === "sessions" && <Sessions />}
      {tab === "keys" && <Keys />}
      {tab === "history" && <History />}
    </Detail>
  );
}
