import { accounts } from "@berth/api";
import { useAct } from "@berth/ui/api/query.ts";
import { useWords } from "@berth/ui/words/words.ts";
import type { ReactNode } from "react";
import { accountWords } from "../../i18n/areas.ts";
import { useEnter } from "./enter.ts";
import { EmailField, PasswordField, UsernameField } from "./fields.tsx";
import { Narrow } from "./narrow.tsx";
import { OneForm } from "./one-form.tsx";

/** As the page was opened: links within it change what stands behind the `#`, which stays out of every log. */
const link = location.hash.slice(1);

/** Makes the first super admin. */
export default function First(): ReactNode {
  const say = useWords(accountWords);
  const enter = useEnter();
  const claim = useAct(accounts.claimInstallation);
  if (link === "") return <Narrow title={say("firstNoLink")}>{say("firstNoLinkDo")}</Narrow>;
  const submit = async (values: { username: string; email: string; password: string }) => {
    if (await claim.act({ link, ...values })) enter();
  };
  return (
    <Narrow title={say("firstTitle")} lead={say("firstIntro")}>
      <OneForm submit={say("firstMake")} isSubmitting={claim.isActing} problem={claim.problem} onSubmit={submit}>
        <UsernameField />
        <EmailField />
        <PasswordField />
      </OneForm>
    </Narrow>
  );
}
