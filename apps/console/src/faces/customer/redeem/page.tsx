import { orders, type ReplyOf } from "@berth/api";
import { useAct } from "@berth/ui/api/query.ts";
import { ProblemPanel } from "@berth/ui/feedback/feedback.tsx";
import { useGo } from "@berth/ui/frame/links.tsx";
import { Page } from "@berth/ui/frame/page.tsx";
import { Tag } from "@berth/ui/states/state-tag.tsx";
import { ToneIcon } from "@berth/ui/states/tone-icon.tsx";
import { useWords } from "@berth/ui/words/words.ts";
import { Button, Form, Input } from "antd";
import { type ReactNode, Suspense, useState } from "react";
import { serviceWords } from "../../../i18n/areas.ts";
import { leaseNoteOf } from "../../../offerings.ts";
import { groupSerial, readSerial } from "./serial.ts";
import "./redeem.css";

interface Redeemed {
  readonly reply: ReplyOf<typeof orders.redeemSerial>;
  readonly seconds: string;
}

export default function Redeem(): ReactNode {
  const say = useWords(serviceWords);
  const [redeemed, setRedeemed] = useState<Redeemed>();
  return (
    <Page title={say("redeemTitle")} help="/help/buying">
      {redeemed ? <Ready redeemed={redeemed} onAnother={() => setRedeemed(undefined)} /> : <Ask onDone={setRedeemed} />}
    </Page>
  );
}

function Ask({ onDone }: { readonly onDone: (redeemed: Redeemed) => void }): ReactNode {
  const say = useWords(serviceWords);
  const [form] = Form.useForm<{ code: string }>();
  // A printed code carries the serial behind the `#`, where no log sees it; signing up brings it along.
  const [fromLink] = useState(() => location.hash.slice(1));
  const redeem = useAct(orders.redeemSerial, { touches: ["leases", "orders"] });
  const submit = async ({ code }: { code: string }) => {
    const startedAt = performance.now();
    const reply = await redeem.act({ code: readSerial(code) ?? code });
    if (reply) onDone({ reply, seconds: ((performance.now() - startedAt) / 1_000).toFixed(1) });
  };
  const check = async (_rule: unknown, typed: string) => {
    if (!readSerial(typed)) throw new Error(say("slip"));
  };
  return (
    <Form
      form={form}
      layout="vertical"
      validateTrigger="onBlur"
      initialValues={{ code: groupSerial(fromLink) }}
      onFinish={submit}
    >
      <div className="redeem">
        <Form.Item
          name="code"
          label={say("serial")}
          extra={say("serialHint")}
          normalize={groupSerial}
          rules={[{ validator: check }]}
        >
          <Input
            className="mono redeem-code"
            autoFocus
            autoCapitalize="characters"
            spellCheck={false}
            autoComplete="off"
          />
        </Form.Item>
        {redeem.problem && <ProblemPanel problem={redeem.problem} />}
        <Button type="primary" htmlType="submit" loading={redeem.isActing}>
          {say("redeem")}
        </Button>
      </div>
    </Form>
  );
}

interface ReadyProps {
  readonly redeemed: Redeemed;
  readonly onAnother: () => void;
}

function Ready({ redeemed: { reply, seconds }, onAnother }: ReadyProps): ReactNode {
  const say = useWords(serviceWords);
  const go = useGo();
  const { lease } = reply;
  const Note = leaseNoteOf(lease.kind);
  return (
    <section className="redeem" aria-live="polite">
      <p className="redeem-done">
        <ToneIcon tone="good" />
        {say("redeemed", { plan: lease.planName })} · {say("ready", { seconds })}
      </p>
      <ul className="row">
        {lease.instances.map(({ id, nodeName }) => (
          <li key={id}>
            <Tag tone="good">{nodeName}</Tag>
          </li>
        ))}
      </ul>
      {Note && (
        <Suspense>
          <Note lease={lease} />
        </Suspense>
      )}
      <div className="row">
        <Button type="primary" onClick={() => go(`/leases/${lease.id}`)}>
          {say("toLease")}
        </Button>
        <Button onClick={onAnother}>{say("another")}</Button>
      </div>
    </section>
  );
}
