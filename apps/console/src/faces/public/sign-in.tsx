import { access, accounts } from "@berth/api";
import { type Act, useAct } from "@berth/ui/api/query.ts";
import { codeProof } from "@berth/ui/feedback/code-proof.ts";
import { PasskeyButton } from "@berth/ui/feedback/passkey-button.tsx";
import { useUi } from "@berth/ui/words/ui-words.ts";
import { useWords } from "@berth/ui/words/words.ts";
import { Button, Form, Input } from "antd";
import { type ReactNode, useRef, useState } from "react";
import { accountWords } from "../../i18n/areas.ts";
import { CarryLink } from "./carry-link.tsx";
import { useEnter } from "./enter.ts";
import { EmailField, PresentPasswordField } from "./fields.tsx";
import { Narrow } from "./narrow.tsx";
import { OneForm } from "./one-form.tsx";

export default function SignIn(): ReactNode {
  const say = useWords(accountWords);
  const [ticket, setTicket] = useState<string>();
  const enter = useEnter();
  const signIn = useAct(accounts.signIn);
  const byPasskey = useAct(access.signInByPasskey, { onDone: enter });
  const submit = async (values: { email: string; password: string }) => {
    const reply = await signIn.act(values);
    if (!reply) return;
    if ("ticket" in reply) setTicket(reply.ticket);
    else enter();
  };
  if (ticket !== undefined) return <SecondStep ticket={ticket} onBack={() => setTicket(undefined)} />;
  return (
    <Narrow
      title={say("signInTitle")}
      aside={
        <>
          {say("noAccount")} <CarryLink to="/sign-up">{say("signUp")}</CarryLink> ·{" "}
          <CarryLink to="/reset">{say("forgot")}</CarryLink>
        </>
      }
    >
      <OneForm
        submit={say("signIn")}
        isSubmitting={signIn.isActing}
        problem={signIn.problem ?? byPasskey.problem}
        onSubmit={submit}
        more={<PasskeyAlone byPasskey={byPasskey} />}
      >
        <EmailField />
        <PresentPasswordField />
      </OneForm>
    </Narrow>
  );
}

interface PasskeyAloneProps {
  readonly byPasskey: Act<typeof access.signInByPasskey>;
}

/** A passkey that verified its user needs no password. */
function PasskeyAlone({ byPasskey }: PasskeyAloneProps): ReactNode {
  const challenge = useAct(access.askPasskey);
  const ticket = useRef("");
  const ask = async () => {
    const asked = await challenge.act({});
    ticket.current = asked?.ticket ?? "";
    return asked?.options;
  };
  return (
    <PasskeyButton challenge={ask} onGiven={(assertion) => byPasskey.act({ ticket: ticket.current, assertion })} />
  );
}

interface SecondStepProps {
  readonly ticket: string;
  readonly onBack: () => void;
}

/** The password was right; a second factor completes it. */
function SecondStep({ ticket, onBack }: SecondStepProps): ReactNode {
  const say = useWords(accountWords);
  const ui = useUi();
  const enter = useEnter();
  const complete = useAct(access.completeSignIn);
  const challenge = useAct(access.askSecondPasskey);
  const submit = async ({ code }: { code: string }) => {
    if (await complete.act({ ticket, proof: codeProof(code) })) enter();
  };
  return (
    <Narrow title={say("secondTitle")} lead={say("secondIntro")}>
      <OneForm
        submit={say("signIn")}
        isSubmitting={complete.isActing}
        problem={complete.problem}
        onSubmit={submit}
        more={
          <>
            <PasskeyButton
              challenge={async () => (await challenge.act({ ticket }))?.options}
              onGiven={async (assertion) => {
                if (await complete.act({ ticket, proof: { way: "passkey", assertion } })) enter();
              }}
            />
            <Button onClick={onBack}>{say("back")}</Button>
          </>
        }
      >
        <Form.Item name="code" label={say("secondCode")} rules={[{ required: true, message: ui("form.required") }]}>
          <Input autoFocus autoComplete="one-time-code" maxLength={64} />
        </Form.Item>
      </OneForm>
    </Narrow>
  );
}
