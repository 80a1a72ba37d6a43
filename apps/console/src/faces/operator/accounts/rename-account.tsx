import { staff } from "@berth/api";
import { useAct } from "@berth/ui/api/query.ts";
import { FormDrawer } from "@berth/ui/drawer/form-drawer.tsx";
import { toast } from "@berth/ui/feedback/toasts.tsx";
import { useUi } from "@berth/ui/words/ui-words.ts";
import { useWords } from "@berth/ui/words/words.ts";
import { Form, Input } from "antd";
import type { ReactNode } from "react";
import { accountsWords } from "../../../i18n/areas.ts";
import type { Account } from "./account-type.ts";

interface RenameProps {
  readonly account: Account;
  readonly open: boolean;
  readonly onClose: () => void;
}

export function RenameAccount({ account, open, onClose }: RenameProps): ReactNode {
  const say = useWords(accountsWords);
  const ui = useUi();
  const rename = useAct(staff.editAccount);
  const submit = async ({ username }: { username: string }) => {
    if (!(await rename.act({ accountId: account.id, username: username.trim() }))) return;
    toast(say("renamed", { name: username.trim() }));
    onClose();
  };
  return (
    <FormDrawer
      open={open}
      title={say("rename")}
      initial={{ username: account.username }}
      submit={say("rename")}
      isSubmitting={rename.isActing}
      problem={rename.problem}
      onSubmit={(values) => void submit(values)}
      onClose={onClose}
    >
      <Form.Item
        name="username"
        label={say("username")}
        extra={say("usernameHint")}
        rules={[{ required: true, message: ui("form.required") }]}
      >
        <Input maxLength={32} autoComplete="off" />
      </Form.Item>
    </FormDrawer>
  );
}
