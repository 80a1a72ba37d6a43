import { leases, type ReplyOf } from "@berth/api";
import { useAct, useCall } from "@berth/ui/api/query.ts";
import { DangerDialog } from "@berth/ui/danger/danger-dialog.tsx";
import { FormDrawer } from "@berth/ui/drawer/form-drawer.tsx";
import { Empty, Loaded } from "@berth/ui/feedback/feedback.tsx";
import { toast } from "@berth/ui/feedback/toasts.tsx";
import { Panel } from "@berth/ui/frame/page.tsx";
import { Traffic } from "@berth/ui/numbers/numbers.tsx";
import type { Lease } from "@berth/ui/offering/console-part.ts";
import { Moment } from "@berth/ui/time/time.tsx";
import { useUi } from "@berth/ui/words/ui-words.ts";
import { findWord, useWords } from "@berth/ui/words/words.ts";
import { Button, Form, Input } from "antd";
import { type ReactNode, useState } from "react";
import { derpWords } from "./derp-words.ts";
import { shortKey } from "./short-key.ts";

type Device = ReplyOf<typeof leases.listDevices>["items"][number];

export function Devices({ lease }: { readonly lease: Lease }): ReactNode {
  const say = useWords(derpWords);
  const [isAdding, setAdding] = useState(false);
  const [removing, remove] = useState<Device>();
  const asked = useCall(leases.listDevices, { leaseId: lease.id });
  const count = asked.data?.items.length ?? 0;
  const title = lease.devices === null ? say("devices") : say("devicesOf", { count, most: lease.devices });
  return (
    <Panel title={title} action={<Button onClick={() => setAdding(true)}>{say("add")}</Button>}>
      <Loaded of={asked}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title={say("noDevices")}>{say("noDevicesDo")}</Empty>
          ) : (
            <ul className="derp-rows">
              {items.map((device) => (
                <DeviceRow key={device.id} device={device} onRemove={() => remove(device)} />
              ))}
            </ul>
          )
        }
      </Loaded>
      <AddDevice lease={lease} open={isAdding} onClose={() => setAdding(false)} />
      {removing && <RemoveDevice device={removing} onClose={() => remove(undefined)} />}
    </Panel>
  );
}

function DeviceRow({ device, onRemove }: { readonly device: Device; readonly onRemove: () => void }): ReactNode {
  const say = useWords(derpWords);
  const { name, key, usedBytes, createdAt } = device;
  return (
    <li>
      <div className="derp-row-text">
        <strong>{name}</strong>
        <span className="quiet">
          <code title={key}>{shortKey(key)}</code> · {say("since")} <Moment at={createdAt} />
        </span>
      </div>
      <Traffic bytes={usedBytes} />
      <Button aria-label={say("remove", { name })} onClick={onRemove}>
        {say("removeShort")}
      </Button>
    </li>
  );
}

interface AddDeviceProps {
  readonly lease: Lease;
  readonly open: boolean;
  readonly onClose: () => void;
}

function AddDevice({ lease, open, onClose }: AddDeviceProps): ReactNode {
  const say = useWords(derpWords);
  const ui = useUi();
  const add = useAct(leases.addDevice, { onDone: onClose });
  const required = [{ required: true, message: ui("form.required") }];
  return (
    <FormDrawer
      open={open}
      title={say("add")}
      draft={`device-${lease.id}`}
      initial={{ name: "", key: "" }}
      submit={say("add")}
      isSubmitting={add.isActing}
      problem={add.problem}
      onSubmit={({ name, key }) => void add.act({ leaseId: lease.id, name, key: key.trim() })}
      onClose={onClose}
    >
      <Form.Item name="name" label={say("name")} rules={required}>
        <Input maxLength={100} />
      </Form.Item>
      <Form.Item name="key" label={say("key")} extra={say("keyHint")} rules={required}>
        <Input className="mono" maxLength={200} spellCheck={false} />
      </Form.Item>
    </FormDrawer>
  );
}

function RemoveDevice({ device, onClose }: { readonly device: Device; readonly onClose: () => void }): ReactNode {
  const say = useWords(derpWords);
  const remove = useAct(leases.removeDevice);
  const { id, leaseId, name } = device;
  return (
    <DangerDialog
      title={say("removeTitle", { name })}
      submit={say("removeDo")}
      name={name}
      route={leases.removeDevice}
      input={{ leaseId, deviceId: id }}
      act={remove}
      sayEvent={(event, count) => findWord(derpWords, `effects.${event}`, { count })}
      onDone={() => {
        toast(say("removed", { name }));
        onClose();
      }}
      onClose={onClose}
    >
      <p>{say("removeWhat")}</p>
    </DangerDialog>
  );
}
