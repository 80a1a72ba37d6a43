import { staff } from "@berth/api";
import { useAct } from "@berth/ui/api/query.ts";
import { FormDrawer } from "@berth/ui/drawer/form-drawer.tsx";
import { toast } from "@berth/ui/feedback/toasts.tsx";
import { useGo } from "@berth/ui/frame/links.tsx";
import { useUi } from "@berth/ui/words/ui-words.ts";
import { useWords } from "@berth/ui/words/words.ts";
import { Form, Input } from "antd";
import type { ReactNode } from "react";
import { accountsWords } from "../../../i18n/areas.ts";

/** Makes a customer's account; its owner sets the password. */
export function CreateAccount({ open, onClose }: { readonly open: boolean; readonly onClose: () => void }): ReactNode {
  const say = useWords(accountsWords);
  const ui = useUi();
  const go = useGo();
  const create = useAct(staff.createAccount);
  const submit = async (values: { username: string; email: string }) => {
    const account = await create.act({ username: values.username.trim(), email: values.email.trim() });
    if (!account) return;
    onClose();
    toast(say("created_", { name: account.username }));
    go(`/operator/accounts/${account.id}`);
  };
  const required = { required: true, message: ui("form.required") };
  return (
    <FormDrawer
      open={open}
      title={say("create")}
      draft="account"
      initial={{ username: "", email: "" }}
      submit={say("create")}
      isSubmitting={create.isActing}
      problem={create.problem}
      onSubmit={(values) => void submit(values)}
      onClose={onClose}
    >
      <p className="form-intro">{say("createIntro")}</p>
      <Form.Item name="username" label={say("username")} extra={say("usernameHint")} rules={[required]}>
        <Input maxLength={32} autoComplete="off" />
      </Form.Item>
      <Form.Item name="email" label={say("email")} rules={[required, { type: "email", message: say("emailBad") }]}>
        <Input maxLength={254} autoComplete="off" inputMode="email" />
      </Form.Item>
    </FormDrawer>
  );
}
