import { accounts } from "@berth/api";
import { useAct } from "@berth/ui/api/query.ts";
import { useWords } from "@berth/ui/words/words.ts";
import { Button } from "antd";
import { type ReactNode, useState } from "react";
import { accountWords } from "../../i18n/areas.ts";
import { CarryLink } from "./carry-link.tsx";
import { useEnter } from "./enter.ts";
import { EmailField, MailedCodeField, PasswordField, UsernameField } from "./fields.tsx";
import { Narrow } from "./narrow.tsx";
import { OneForm } from "./one-form.tsx";

interface Identity {
  readonly username: string;
  readonly email: string;
  readonly password: string;
}

export default function SignUp(): ReactNode {
  const say = useWords(accountWords);
  const [given, give] = useState<Identity>();
  const signUp = useAct(accounts.signUp);
  const submit = async (values: Identity) => {
    if (await signUp.act(values)) give(values);
  };
  if (given) return <Confirm identity={given} onBack={() => give(undefined)} />;
  return (
    <Narrow
      title={say("signUpTitle")}
      aside={
        <>
          {say("haveAccount")} <CarryLink to="/sign-in">{say("signIn")}</CarryLink>
        </>
      }
    >
      <OneForm submit={say("sendCode")} isSubmitting={signUp.isActing} problem={signUp.problem} onSubmit={submit}>
        <UsernameField />
        <EmailField />
        <PasswordField />
      </OneForm>
    </Narrow>
  );
}

interface ConfirmProps {
  readonly identity: Identity;
  readonly onBack: () => void;
}

/** The password proves that the code comes back to whoever asked for it, so it is kept until then, in this page only. */
function Confirm({ identity: { email, password }, onBack }: ConfirmProps): ReactNode {
  const say = useWords(accountWords);
  const enter = useEnter();
  const verify = useAct(accounts.verifyEmail);
  const submit = async ({ code }: { code: string }) => {
    if (await verify.act({ email, password, code })) enter();
  };
  return (
    <Narrow title={say("codeTitle")} lead={say("codeIntro", { email })} aside={say("codeHelp")}>
      <OneForm
        submit={say("confirm")}
        isSubmitting={verify.isActing}
        problem={verify.problem}
        onSubmit={submit}
        more={<Button onClick={onBack}>{say("back")}</Button>}
      >
        <MailedCodeField />
      </OneForm>
    </Narrow>
  );
}
