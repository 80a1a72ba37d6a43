import { accounts } from "@berth/api";
import { useAct } from "@berth/ui/api/query.ts";
import { toast } from "@berth/ui/feedback/toasts.tsx";
import { useWords } from "@berth/ui/words/words.ts";
import { useNavigate } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";
import { accountWords } from "../../i18n/areas.ts";
import { CarryLink } from "./carry-link.tsx";
import { EmailField, MailedCodeField, PasswordField } from "./fields.tsx";
import { Narrow } from "./narrow.tsx";
import { OneForm } from "./one-form.tsx";

export default function Reset(): ReactNode {
  const say = useWords(accountWords);
  const [email, setEmail] = useState<string>();
  const request = useAct(accounts.requestReset);
  const submit = async (values: { email: string }) => {
    if (await request.act(values)) setEmail(values.email);
  };
  if (email !== undefined) return <NewPassword email={email} />;
  const aside = <CarryLink to="/sign-in">{say("signIn")}</CarryLink>;
  return (
    <Narrow title={say("resetTitle")} lead={say("resetIntro")} aside={aside}>
      <OneForm submit={say("sendCode")} isSubmitting={request.isActing} problem={request.problem} onSubmit={submit}>
        <EmailField />
      </OneForm>
    </Narrow>
  );
}

function NewPassword({ email }: { readonly email: string }): ReactNode {
  const say = useWords(accountWords);
  const navigate = useNavigate();
  const reset = useAct(accounts.resetPassword);
  const submit = async (values: { code: string; password: string }) => {
    if (!(await reset.act({ email, ...values }))) return;
    toast(say("resetDone"));
    void navigate({ to: "/sign-in", search: ((before: unknown) => before) as never, hash: true });
  };
  return (
    <Narrow title={say("resetTitle")} lead={say("resetCodeIntro", { email })} aside={say("codeHelp")}>
      <OneForm submit={say("resetDo")} isSubmitting={reset.isActing} problem={reset.problem} onSubmit={submit}>
        <MailedCodeField />
        <PasswordField label={say("newPassword")} />
      </OneForm>
    </Narrow>
  );
}
