import { customRoles, type Permission } from "@berth/api";
import { useAct } from "@berth/ui/api/query.ts";
import { FormDrawer } from "@berth/ui/drawer/form-drawer.tsx";
import { toast } from "@berth/ui/feedback/toasts.tsx";
import { useSession } from "@berth/ui/permission/session.ts";
import { useUi } from "@berth/ui/words/ui-words.ts";
import { useWords } from "@berth/ui/words/words.ts";
import { Checkbox, Form, Input, Radio } from "antd";
import type { ReactNode } from "react";
import { accountsWords, settingsWords } from "../../../i18n/areas.ts";
import type { Role } from "./role-type.ts";

interface EditRoleProps {
  /** Absent: a new one. */
  readonly role: Role | undefined;
  readonly onSaved: () => void;
  readonly onClose: () => void;
}

type Base = "admin" | "distributor" | "customer";

interface Values {
  readonly name: string;
  readonly base: Base;
  readonly permissions: Permission[];
}

/** A role out of what its maker may. */
export function EditRole({ role, onSaved, onClose }: EditRoleProps): ReactNode {
  const say = useWords(settingsWords);
  const account = useWords(accountsWords);
  const ui = useUi();
  const { permissions } = useSession();
  const create = useAct(customRoles.createRole);
  const change = useAct(customRoles.changeRole);
  const submit = async ({ name, base, permissions }: Values) => {
    const roleId = role?.id as `role_${string}` | undefined;
    const saved = roleId
      ? await change.act({ roleId, name, permissions })
      : await create.act({ base, name, permissions });
    if (!saved) return;
    toast(say("saved"));
    onSaved();
    onClose();
  };
  return (
    <FormDrawer<Values>
      open
      title={role ? role.name : say("newRole")}
      initial={{
        name: role?.name ?? "",
        base: (role?.base ?? "customer") as Base,
        permissions: role?.permissions ?? ["self"],
      }}
      submit={say("save")}
      isSubmitting={create.isActing || change.isActing}
      problem={create.problem ?? change.problem}
      onSubmit={(values) => void submit(values)}
      onClose={onClose}
    >
      <Form.Item name="name" label={say("roleName")} rules={[{ required: true, message: ui("form.required") }]}>
        <Input maxLength={100} />
      </Form.Item>
      {!role && (
        <Form.Item name="base" label={say("roleBase")} extra={say("roleBaseHint")}>
          <Radio.Group
            options={(["customer", "distributor", "admin"] as const).map((value) => ({
              value,
              label: account(`roles.${value}`),
            }))}
          />
        </Form.Item>
      )}
      <Form.Item name="permissions" label={say("rolePermissions")}>
        <Checkbox.Group options={[...permissions].map((value) => ({ value, label: <code>{value}</code> }))} />
      </Form.Item>
    </FormDrawer>
  );
}
