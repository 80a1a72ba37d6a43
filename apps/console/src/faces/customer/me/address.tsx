import { accounts } from "@berth/api";
import { queries, useAct } from "@berth/ui/api/query.ts";
import { FormDrawer } from "@berth/ui/drawer/form-drawer.tsx";
import { toast } from "@berth/ui/feedback/toasts.tsx";
import { Panel } from "@berth/ui/frame/page.tsx";
import { useUi } from "@berth/ui/words/ui-words.ts";
import { useWords } from "@berth/ui/words/words.ts";
import { Button, Form, Input } from "antd";
import { type ReactNode, useState } from "react";
import { accountWords, meWords } from "../../../i18n/areas.ts";

/** Another address, confirmed by a code that is mailed to it. */
export function Address({ email }: { readonly email: string }): ReactNode {
  const say = useWords(meWords);
  const account = useWords(accountWords);
  const [isOpen, setOpen] = useState(false);
  return (
    <Panel title={account("email")}>
      <div className="me-line">
        <p className="wrap-any">{email}</p>
        <Button onClick={() => setOpen(true)}>{say("addressChange")}</Button>
      </div>
      {isOpen && <ChangeAddress onClose={() => setOpen(false)} />}
    </Panel>
  );
}

interface Values {
  readonly email: string;
  readonly password: string;
  readonly code: string;
}

function ChangeAddress({ onClose }: { readonly onClose: () => void }): ReactNode {
  const say = useWords(meWords);
  const account = useWords(accountWords);
  const ui = useUi();
  const [sentTo, setSentTo] = useState<string>();
  const request = useAct(accounts.requestEmailChange);
  const change = useAct(accounts.changeEmail);
  const submit = async ({ email, password, code }: Values) => {
    if (sentTo === undefined) {
      if (await request.act({ email, password })) setSentTo(email);
      return;
    }
    if (!(await change.act({ email: sentTo, code }))) return;
    await queries.invalidateQueries({ queryKey: ["me"] });
    toast(say("addressChanged", { email: sentTo }));
    onClose();
  };
  const required = [{ required: true, message: ui("form.required") }];
  return (
    <FormDrawer<Values>
      open
      title={say("addressChange")}
      initial={{ email: "", password: "", code: "" }}
      submit={sentTo === undefined ? account("sendCode") : account("confirm")}
      isSubmitting={request.isActing || change.isActing}
      problem={change.problem ?? request.problem}
      onSubmit={(values) => void submit(values)}
      onClose={onClose}
    >
      {sentTo === undefined ? (
        <>
          <Form.Item name="email" label={say("addressNew")} rules={required}>
            <Input inputMode="email" autoComplete="email" maxLength={254} />
          </Form.Item>
          <Form.Item name="password" label={say("passwordNow")} rules={required}>
            <Input.Password autoComplete="current-password" maxLength={128} />
          </Form.Item>
        </>
      ) : (
        <>
          <p className="form-intro">{account("codeIntro", { email: sentTo })}</p>
          <Form.Item name="code" label={account("code")} rules={required}>
            <Input inputMode="numeric" autoComplete="one-time-code" maxLength={6} />
          </Form.Item>
        </>
      )}
    </FormDrawer>
  );
}
