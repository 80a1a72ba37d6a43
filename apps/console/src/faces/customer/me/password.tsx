import { accounts } from "@berth/api";
import { useAct } from "@berth/ui/api/query.ts";
import { FormDrawer } from "@berth/ui/drawer/form-drawer.tsx";
import { toast } from "@berth/ui/feedback/toasts.tsx";
import { Panel } from "@berth/ui/frame/page.tsx";
import { useUi } from "@berth/ui/words/ui-words.ts";
import { useWords } from "@berth/ui/words/words.ts";
import { Button, Form, Input } from "antd";
import { type ReactNode, useState } from "react";
import { accountWords, meWords } from "../../../i18n/areas.ts";

/** Another password: every other session ends. */
export function Password(): ReactNode {
  const say = useWords(meWords);
  const account = useWords(accountWords);
  const ui = useUi();
  const [isOpen, setOpen] = useState(false);
  const change = useAct(accounts.changePassword);
  const submit = async (values: { currentPassword: string; password: string }) => {
    if (!(await change.act(values))) return;
    toast(say("passwordChanged"));
    setOpen(false);
  };
  const required = { required: true, message: ui("form.required") };
  return (
    <Panel title={account("password")}>
      <div className="me-line">
        <p>{say("passwordWhat")}</p>
        <Button onClick={() => setOpen(true)}>{say("passwordChange")}</Button>
      </div>
      <FormDrawer
        open={isOpen}
        title={say("passwordChange")}
        initial={{ currentPassword: "", password: "" }}
        submit={say("passwordChange")}
        isSubmitting={change.isActing}
        problem={change.problem}
        onSubmit={(values) => void submit(values)}
        onClose={() => setOpen(false)}
      >
        <Form.Item name="currentPassword" label={say("passwordNow")} rules={[required]}>
          <Input.Password autoComplete="current-password" maxLength={128} />
        </Form.Item>
        <Form.Item
          name="password"
          label={account("newPassword")}
          extra={account("passwordHint")}
          rules={[required, { min: 10, message: account("passwordHint") }]}
        >
          <Input.Password autoComplete="new-password" maxLength={128} />
        </Form.Item>
      </FormDrawer>
    </Panel>
  );
}
