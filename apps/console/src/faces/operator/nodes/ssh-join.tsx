import { type CallOf, fleet } from "@berth/api";
import { useAct } from "@berth/ui/api/query.ts";
import { FormDrawer } from "@berth/ui/drawer/form-drawer.tsx";
import { useUi } from "@berth/ui/words/ui-words.ts";
import { useWords } from "@berth/ui/words/words.ts";
import { Form, Input, Radio } from "antd";
import { type ReactNode, useState } from "react";
import { nodeWords } from "../../../i18n/areas.ts";
import { SshProgress } from "./ssh-progress.tsx";

interface SshJoinProps {
  readonly open: boolean;
  readonly onClose: () => void;
}

interface Values {
  readonly host: string;
  readonly port: string;
  readonly username: string;
  readonly way: "password" | "key";
  readonly secret: string;
  readonly region: string;
}

const empty: Values = { host: "", port: "22", username: "root", way: "password", secret: "", region: "" };

/** Makes a server a node over SSH: its key is compared first, and nothing that signs in is kept. */
export function SshJoin({ open, onClose }: SshJoinProps): ReactNode {
  const say = useWords(nodeWords);
  const [hostKey, setHostKey] = useState<string>();
  const [started, setStarted] = useState<`ssh_${string}`>();
  const look = useAct(fleet.showHostKey);
  const start = useAct(fleet.startSshJoin);
  const close = () => {
    setHostKey(undefined);
    onClose();
  };
  const submit = async (values: Values) => {
    const server = { host: values.host.trim(), port: Number(values.port) };
    if (hostKey === undefined) {
      setHostKey((await look.act(server))?.hostKey);
      return;
    }
    const reply = await start.act({ ...server, hostKey, ...asInput(values) });
    if (!reply) return;
    close();
    setStarted(reply.id);
  };
  return (
    <>
      <FormDrawer<Values>
        open={open}
        title={say("ssh.title")}
        initial={empty}
        submit={say(hostKey === undefined ? "ssh.look" : "ssh.start")}
        isSubmitting={look.isActing || start.isActing}
        problem={start.problem ?? look.problem}
        onSubmit={(values) => void submit(values)}
        onClose={close}
      >
        <p className="form-intro">{say("ssh.intro")}</p>
        <ServerFields isFixed={hostKey !== undefined} />
        {hostKey !== undefined && (
          <>
            <p>{say("ssh.compare")}</p>
            <p>
              <code className="wrap-any">{hostKey}</code>
            </p>
            <SignInFields />
          </>
        )}
      </FormDrawer>
      {started && <SshProgress sshJoinId={started} onClose={() => setStarted(undefined)} />}
    </>
  );
}

type SignIn = Omit<CallOf<typeof fleet.startSshJoin>, "host" | "port" | "hostKey">;

function asInput({ username, way, secret, region }: Values): SignIn {
  return {
    username: username.trim(),
    ...(way === "password" ? { password: secret } : { privateKey: secret }),
    ...(region.trim() ? { region: region.trim() } : {}),
  };
}

function ServerFields({ isFixed }: { readonly isFixed: boolean }): ReactNode {
  const say = useWords(nodeWords);
  const ui = useUi();
  return (
    <>
      <Form.Item name="host" label={say("ssh.host")} rules={[{ required: true, message: ui("form.required") }]}>
        <Input maxLength={255} disabled={isFixed} className="mono" />
      </Form.Item>
      <Form.Item name="port" label={say("port")} rules={[{ pattern: /^\d{1,5}$/, message: say("ssh.badPort") }]}>
        <Input maxLength={5} inputMode="numeric" disabled={isFixed} />
      </Form.Item>
    </>
  );
}

function SignInFields(): ReactNode {
  const say = useWords(nodeWords);
  const ui = useUi();
  const required = [{ required: true, message: ui("form.required") }];
  const way = Form.useWatch("way") as Values["way"] | undefined;
  return (
    <>
      <Form.Item name="username" label={say("ssh.user")} rules={required}>
        <Input maxLength={64} autoComplete="off" />
      </Form.Item>
      <Form.Item name="way" label={say("ssh.way")}>
        <Radio.Group
          options={(["password", "key"] as const).map((value) => ({ value, label: say(`ssh.ways.${value}`) }))}
        />
      </Form.Item>
      <Form.Item name="secret" label={say(`ssh.ways.${way ?? "password"}`)} extra={say("ssh.kept")} rules={required}>
        {way === "key" ? (
          <Input.TextArea rows={6} className="mono" spellCheck={false} maxLength={16_384} />
        ) : (
          <Input.Password maxLength={256} autoComplete="off" />
        )}
      </Form.Item>
      <Form.Item name="region" label={say("region")} extra={say("regionHint")}>
        <Input maxLength={32} />
      </Form.Item>
    </>
  );
}
