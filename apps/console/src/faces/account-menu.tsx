import { Icon } from "@berth/ui/frame/icon.tsx";
import { useGo } from "@berth/ui/frame/links.tsx";
import { type Choice, More } from "@berth/ui/frame/menu.tsx";
import { LookAndLanguage } from "@berth/ui/frame/tools.tsx";
import { useSession } from "@berth/ui/permission/session.ts";
import { useUi } from "@berth/ui/words/ui-words.ts";
import { useWords } from "@berth/ui/words/words.ts";
import type { ReactNode } from "react";
import { navWords } from "../i18n/areas.ts";
import { keepLanguage } from "../i18n/language.ts";
import { endSession, type Face, facesOf } from "../session.ts";

/** Language, look, and what is one's own. */
export function AccountTools({ face }: { readonly face: Face }): ReactNode {
  const say = useUi();
  const name = useWords(navWords);
  const session = useSession();
  const go = useGo();
  const other: Choice =
    face === "operator"
      ? { key: "face", icon: "switch", label: name("toCustomer"), onChoose: () => go("/leases") }
      : { key: "face", icon: "switch", label: name("toOperator"), onChoose: () => go("/operator") };
  const choices: Choice[] = [
    ...(facesOf(session).length > 1 ? [other] : []),
    { key: "me", icon: "account", label: name("me"), onChoose: () => go("/me") },
    { key: "out", icon: "exit", label: say("signOut"), onChoose: () => void endSession() },
  ];
  return (
    <>
      <LookAndLanguage onLanguage={keepLanguage} />
      <More choices={choices}>
        <Icon name="account" />
        <span className="account-name">{session.account.username}</span>
      </More>
    </>
  );
}
