import { type CallOf, customRoles, staff } from "@berth/api";
import { useAct, useCall } from "@berth/ui/api/query.ts";
import { FormDrawer } from "@berth/ui/drawer/form-drawer.tsx";
import { Loaded } from "@berth/ui/feedback/feedback.tsx";
import { toast } from "@berth/ui/feedback/toasts.tsx";
import { useWords } from "@berth/ui/words/words.ts";
import { Form, Radio } from "antd";
import type { ReactNode } from "react";
import { accountsWords } from "../../../i18n/areas.ts";
import type { Account } from "./account-type.ts";

interface AssignProps {
  readonly account: Account;
  readonly open: boolean;
  readonly onClose: () => void;
}

type Role = CallOf<typeof staff.assignRole>["role"];

/** Gives an account another role, with what each one may. */
export function AssignRole({ account, open, onClose }: AssignProps): ReactNode {
  const say = useWords(accountsWords);
  const asked = useCall(customRoles.listRoles, {}, { enabled: open });
  const assign = useAct(staff.assignRole);
  const submit = async ({ role }: { role: Role }) => {
    if (!(await assign.act({ accountId: account.id, role }))) return;
    toast(say("roleAssigned", { name: account.username }));
    onClose();
  };
  return (
    <FormDrawer
      open={open}
      title={say("assignRole")}
      initial={{ role: (account.customRole?.id ?? account.role) as Role }}
      submit={say("assignRole")}
      isSubmitting={assign.isActing}
      problem={assign.problem}
      onSubmit={(values) => void submit(values)}
      onClose={onClose}
    >
      <p className="form-intro">{say("assignIntro", { name: account.username })}</p>
      <Loaded of={asked}>
        {({ items }) => (
          <Form.Item name="role" label={say("role")}>
            <Radio.Group className="stack">
              {items.map(({ id, name, fixed, permissions }) => (
                <Radio key={id} value={id}>
                  {fixed ? say(`roles.${id as Account["role"]}`) : name}{" "}
                  <span className="quiet">{say("permissions", { count: permissions.length })}</span>
                </Radio>
              ))}
            </Radio.Group>
          </Form.Item>
        )}
      </Loaded>
    </FormDrawer>
  );
}
