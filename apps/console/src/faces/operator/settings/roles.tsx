import { access, customRoles } from "@berth/api";
import { useAct, useCall } from "@berth/ui/api/query.ts";
import { DangerDialog } from "@berth/ui/danger/danger-dialog.tsx";
import { Loaded } from "@berth/ui/feedback/feedback.tsx";
import { toast } from "@berth/ui/feedback/toasts.tsx";
import { Panel } from "@berth/ui/frame/page.tsx";
import { ActButton } from "@berth/ui/permission/act-button.tsx";
import { useMay } from "@berth/ui/permission/session.ts";
import { useWords } from "@berth/ui/words/words.ts";
import { Button, Switch } from "antd";
import { type ReactNode, useState } from "react";
import { accountsWords, settingsWords } from "../../../i18n/areas.ts";
import { EditRole } from "./edit-role.tsx";
import type { Role } from "./role-type.ts";
import "./settings.css";

/** Who may do what, and of whom a second factor is demanded. */
export function Roles(): ReactNode {
  const say = useWords(settingsWords);
  const [editing, edit] = useState<Role | "new">();
  const [deleting, remove] = useState<Role>();
  const asked = useCall(customRoles.listRoles, {});
  const make = (
    <ActButton permission="roles.write" onClick={() => edit("new")}>
      {say("newRole")}
    </ActButton>
  );
  return (
    <>
      <Panel title={say("tabs.roles")} action={make}>
        <Loaded of={asked}>
          {({ items }) => (
            <ul className="setting-rows">
              {items.map((role) => (
                <RoleRow key={role.id} role={role} onEdit={edit} onRemove={remove} />
              ))}
            </ul>
          )}
        </Loaded>
      </Panel>
      <Policies />
      {editing && (
        <EditRole
          role={editing === "new" ? undefined : editing}
          onSaved={asked.again}
          onClose={() => edit(undefined)}
        />
      )}
      {deleting && <DeleteRole role={deleting} onDeleted={asked.again} onClose={() => remove(undefined)} />}
    </>
  );
}

interface RoleRowProps {
  readonly role: Role;
  readonly onEdit: (role: Role) => void;
  readonly onRemove: (role: Role) => void;
}

function RoleRow({ role, onEdit, onRemove }: RoleRowProps): ReactNode {
  const say = useWords(settingsWords);
  const account = useWords(accountsWords);
  const mayWrite = useMay("roles.write");
  return (
    <li>
      <div className="setting-text">
        <strong>{role.fixed ? account(`roles.${role.base}`) : role.name}</strong>
        <details>
          <summary className="quiet">{account("permissions", { count: role.permissions.length })}</summary>
          <code>{role.permissions.join(" · ")}</code>
        </details>
      </div>
      <span className="quiet">{say("accountsOf", { count: role.accounts })}</span>
      {!role.fixed && mayWrite && (
        <>
          <Button onClick={() => onEdit(role)}>{say("edit")}</Button>
          <ActButton blocked={role.accounts > 0 ? say("roleInUse") : undefined} onClick={() => onRemove(role)}>
            {say("deleteRole")}
          </ActButton>
        </>
      )}
    </li>
  );
}

interface DeleteRoleProps {
  readonly role: Role;
  readonly onDeleted: () => void;
  readonly onClose: () => void;
}

function DeleteRole({ role, onDeleted, onClose }: DeleteRoleProps): ReactNode {
  const say = useWords(settingsWords);
  const remove = useAct(customRoles.deleteRole);
  return (
    <DangerDialog
      title={say("deleteRoleTitle", { name: role.name })}
      submit={say("deleteRole")}
      name={role.name}
      route={customRoles.deleteRole}
      input={{ roleId: role.id as `role_${string}` }}
      act={remove}
      onDone={() => {
        onDeleted();
        onClose();
      }}
      onClose={onClose}
    />
  );
}

/** Of which roles a second factor is demanded. */
function Policies(): ReactNode {
  const say = useWords(settingsWords);
  const account = useWords(accountsWords);
  const mayWrite = useMay("roles.write");
  const asked = useCall(access.listPolicies, {});
  const set = useAct(access.setPolicy, {
    onDone: () => {
      toast(say("saved"));
      asked.again();
    },
  });
  return (
    <Panel title={say("policies")}>
      <p className="quiet">{say("policiesWhat")}</p>
      <Loaded of={asked}>
        {({ items }) => (
          <ul className="setting-rows">
            {items.map(({ role, requireSecondFactor }) => (
              <li key={role}>
                <span className="setting-text">{account(`roles.${role}`)}</span>
                <Switch
                  aria-label={account(`roles.${role}`)}
                  checked={requireSecondFactor}
                  disabled={!mayWrite}
                  loading={set.isActing}
                  onChange={(isOn) => void set.act({ role, requireSecondFactor: isOn })}
                />
              </li>
            ))}
          </ul>
        )}
      </Loaded>
    </Panel>
  );
}
