import { derp, type ReplyOf } from "@berth/api";
import { useAct, useCall } from "@berth/ui/api/query.ts";
import { FormDrawer } from "@berth/ui/drawer/form-drawer.tsx";
import { Empty, Loaded, ProblemPanel } from "@berth/ui/feedback/feedback.tsx";
import { toast } from "@berth/ui/feedback/toasts.tsx";
import { Panel } from "@berth/ui/frame/page.tsx";
import type { Lease } from "@berth/ui/offering/console-part.ts";
import { ActButton } from "@berth/ui/permission/act-button.tsx";
import { Moment } from "@berth/ui/time/time.tsx";
import { useUi } from "@berth/ui/words/ui-words.ts";
import { useWords } from "@berth/ui/words/words.ts";
import { Form, Input } from "antd";
import { type ReactNode, useState } from "react";
import { derpWords } from "./derp-words.ts";

type OwnPolicy = ReplyOf<typeof derp.getPolicy>;

/** As control takes it. */
const mostCharacters = 262_144;

/** The customer's own policy file: downloads carry it with the relays put in. */
export function Policy({ lease: { id: leaseId } }: { readonly lease: Lease }): ReactNode {
  const say = useWords(derpWords);
  const asked = useCall(derp.getPolicy, { leaseId });
  const [isEditing, setEditing] = useState(false);
  const present = asked.data?.policy ?? null;
  const edit = (
    <ActButton permission="leases.write" onClick={() => setEditing(true)}>
      {say(present === null ? "ownPolicy.set" : "ownPolicy.edit")}
    </ActButton>
  );
  return (
    <Panel
      title={say("ownPolicy.title")}
      action={
        present !== null && (
          <>
            {edit}
            <RemovePolicy leaseId={leaseId} policy={present} />
          </>
        )
      }
    >
      <Loaded of={asked}>
        {(own) =>
          own.policy === null ? (
            <Empty title={say("ownPolicy.none")} action={edit}>
              {say("ownPolicy.noneDo")}
            </Empty>
          ) : (
            <PolicyText own={own} />
          )
        }
      </Loaded>
      {asked.data && <EditPolicy own={asked.data} open={isEditing} onClose={() => setEditing(false)} />}
    </Panel>
  );
}

function PolicyText({ own: { policy, changedAt } }: { readonly own: OwnPolicy }): ReactNode {
  const say = useWords(derpWords);
  return (
    <div className="stack">
      <p>
        {say("ownPolicy.used")}{" "}
        {changedAt && (
          <span className="quiet">
            {say("ownPolicy.since")} <Moment at={changedAt} />
          </span>
        )}
      </p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is reached by keyboard */}
      <section className="derp-policy" tabIndex={0} aria-label={say("ownPolicy.text")}>
        <pre>{policy}</pre>
      </section>
    </div>
  );
}

/** Gone at once, and back with one tap. */
function RemovePolicy({ leaseId, policy }: { readonly leaseId: Lease["id"]; readonly policy: string }): ReactNode {
  const say = useWords(derpWords);
  const set = useAct(derp.setPolicy);
  const remove = async () => {
    if (!(await set.act({ leaseId, policy: null }))) return;
    toast(say("ownPolicy.removed"), () => void set.act({ leaseId, policy }));
  };
  return (
    <>
      <ActButton permission="leases.write" loading={set.isActing} onClick={() => void remove()}>
        {say("ownPolicy.remove")}
      </ActButton>
      {set.problem && <ProblemPanel problem={set.problem} />}
    </>
  );
}

interface EditProps {
  readonly own: OwnPolicy;
  readonly open: boolean;
  readonly onClose: () => void;
}

function EditPolicy({ own: { leaseId, policy }, open, onClose }: EditProps): ReactNode {
  const say = useWords(derpWords);
  const ui = useUi();
  const set = useAct(derp.setPolicy, {
    onDone: () => {
      toast(say("ownPolicy.saved"));
      onClose();
    },
  });
  return (
    <FormDrawer
      open={open}
      title={say("ownPolicy.title")}
      draft={`policy-${leaseId}`}
      initial={{ policy: policy ?? "" }}
      submit={say("ownPolicy.save")}
      isSubmitting={set.isActing}
      problem={set.problem}
      onSubmit={(values) => void set.act({ leaseId, policy: values.policy })}
      onClose={onClose}
    >
      <Form.Item
        name="policy"
        label={say("ownPolicy.text")}
        extra={say("ownPolicy.hint")}
        rules={[{ required: true, message: ui("form.required") }]}
      >
        <Input.TextArea className="mono" rows={18} maxLength={mostCharacters} spellCheck={false} />
      </Form.Item>
    </FormDrawer>
  );
}
