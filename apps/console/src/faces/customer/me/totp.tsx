import { access, type ReplyOf } from "@berth/api";
import { useAct } from "@berth/ui/api/query.ts";
import { QrCode } from "@berth/ui/connect/qr-code.tsx";
import { DangerDialog } from "@berth/ui/danger/danger-dialog.tsx";
import { ProblemPanel } from "@berth/ui/feedback/feedback.tsx";
import { toast } from "@berth/ui/feedback/toasts.tsx";
import { Panel } from "@berth/ui/frame/page.tsx";
import { CopyButton } from "@berth/ui/secret/copy-button.tsx";
import { Tag } from "@berth/ui/states/state-tag.tsx";
import { useUi } from "@berth/ui/words/ui-words.ts";
import { useWords } from "@berth/ui/words/words.ts";
import { Button, Form, Input, Modal } from "antd";
import { type ReactNode, useState } from "react";
import { meWords } from "../../../i18n/areas.ts";
import { CodesOnce } from "./recovery-codes.tsx";

type Secret = ReplyOf<typeof access.enrolTotp>;

/** An authenticator app as second factor. */
export function Totp({ isOn }: { readonly isOn: boolean }): ReactNode {
  const say = useWords(meWords);
  const [secret, setSecret] = useState<Secret>();
  const [codes, setCodes] = useState<readonly string[]>();
  const [isRemoving, setRemoving] = useState(false);
  const enrol = useAct(access.enrolTotp);
  const remove = useAct(access.removeTotp);
  const begin = async () => setSecret(await enrol.act({}));
  return (
    <Panel title={say("totp")}>
      <div className="me-line">
        <p>{say("totpWhat")}</p>
        {isOn && <Tag tone="good">{say("on")}</Tag>}
        {isOn ? (
          <Button onClick={() => setRemoving(true)}>{say("totpRemove")}</Button>
        ) : (
          <Button type="primary" loading={enrol.isActing} onClick={() => void begin()}>
            {say("totpAdd")}
          </Button>
        )}
      </div>
      {enrol.problem && <ProblemPanel problem={enrol.problem} />}
      {secret && (
        <Confirm
          secret={secret}
          onClose={() => setSecret(undefined)}
          onDone={(recoveryCodes) => {
            setSecret(undefined);
            setCodes(recoveryCodes);
          }}
        />
      )}
      {codes && codes.length > 0 && <CodesOnce codes={codes} onClose={() => setCodes(undefined)} />}
      {isRemoving && (
        <DangerDialog
          title={say("totpRemoveTitle")}
          submit={say("totpRemove")}
          name=""
          route={access.removeTotp}
          input={{}}
          act={remove}
          onDone={() => {
            toast(say("totpRemoved"));
            setRemoving(false);
          }}
          onClose={() => setRemoving(false)}
        >
          <p>{say("totpRemoveWhat")}</p>
        </DangerDialog>
      )}
    </Panel>
  );
}

interface ConfirmProps {
  readonly secret: Secret;
  readonly onDone: (recoveryCodes: readonly string[]) => void;
  readonly onClose: () => void;
}

/** Scans, then shows by a first code that the app has it. */
function Confirm({ secret, onDone, onClose }: ConfirmProps): ReactNode {
  const say = useWords(meWords);
  const ui = useUi();
  const confirm = useAct(access.confirmTotp);
  const submit = async ({ code }: { code: string }) => {
    const reply = await confirm.act({ code: code.replaceAll(" ", "") });
    if (reply) onDone(reply.recoveryCodes);
  };
  return (
    <Modal open title={say("totpAdd")} width={460} footer={null} onCancel={onClose}>
      <div className="stack">
        <p>{say("totpScan")}</p>
        <div className="me-qr">
          <QrCode text={secret.url} label={say("totpQr")} />
          <span className="row">
            <code className="wrap-any">{secret.secret}</code>
            <CopyButton text={secret.secret} quiet />
          </span>
        </div>
        <Form layout="vertical" onFinish={(values) => void submit(values)}>
          <Form.Item name="code" label={say("totpCode")} rules={[{ required: true, message: ui("form.required") }]}>
            <Input inputMode="numeric" autoComplete="one-time-code" maxLength={7} />
          </Form.Item>
          {confirm.problem && <ProblemPanel problem={confirm.problem} />}
          <Button type="primary" htmlType="submit" loading={confirm.isActing}>
            {say("totpConfirm")}
          </Button>
        </Form>
      </div>
    </Modal>
  );
}
