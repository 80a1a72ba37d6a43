import type { CallOf, DryRun, ReplyOf, Route } from "@berth/api";
import { useQuery } from "@tanstack/react-query";
import { Button, Input, Modal } from "antd";
import { type ReactNode, useId, useState } from "react";
import { rehearse, toProblem } from "../api/client.ts";
import type { Act } from "../api/query.ts";
import { ProblemPanel, Skeleton } from "../feedback/feedback.tsx";
import { useSession } from "../permission/session.ts";
import { explain } from "../words/refusals.ts";
import { useUi } from "../words/ui-words.ts";
import { useLanguage } from "../words/words.ts";
import { type Effects, mustType, toEffects } from "./effects.ts";
import "./danger.css";

interface DangerProps<R extends Route> {
  /** A question with the object's name: "Revoke sg-03?" */
  readonly title: string;
  /** Verb and object, as on the button that led here. */
  readonly submit: string;
  /** What is typed to confirm. */
  readonly name: string;
  readonly route: R;
  readonly input: CallOf<R>;
  readonly act: Act<R>;
  /** What a person should know that the rehearsal does not say. */
  readonly children?: ReactNode;
  readonly isIrreversible?: boolean;
  /** An event in words: "37 leases are suspended". */
  readonly sayEvent?: (name: string, count: number) => string | undefined;
  readonly onDone: (reply: ReplyOf<R>) => void;
  readonly onClose: () => void;
}

/** Asks before harm is done, with what control says would happen. */
export function DangerDialog<R extends Route>(props: DangerProps<R>): ReactNode {
  const { title, submit, name, route, input, act, isIrreversible = false, children, onDone, onClose } = props;
  const say = useUi();
  const { account } = useSession();
  const nameId = useId();
  const [typed, type] = useState("");
  const canRehearse = route.dryRun !== "off";
  const { data, error, isPending } = useQuery({
    queryKey: ["rehearsal", route.path, input],
    queryFn: async (): Promise<Effects> => toEffects((await rehearse(route, input)) as DryRun<unknown>, account.id),
    enabled: canRehearse,
    retry: false,
    gcTime: 0,
  });
  const needsName = mustType(isIrreversible, data?.people ?? 0);
  const isReady = (!canRehearse || !isPending) && (!needsName || typed.trim() === name);
  const confirm = async () => {
    const reply = await act.act(input);
    if (reply !== undefined) onDone(reply);
  };
  return (
    <Modal
      open
      title={title}
      onCancel={onClose}
      width={520}
      footer={
        <>
          <Button onClick={onClose}>{say("cancel")}</Button>
          <Button type="primary" danger disabled={!isReady} loading={act.isActing} onClick={() => void confirm()}>
            {submit}
          </Button>
        </>
      }
    >
      <div className="stack">
        {children}
        {canRehearse && <Rehearsal effects={data} error={error} sayEvent={props.sayEvent} />}
        {isIrreversible && <p>{say("danger.irreversible")}</p>}
        {needsName && (
          <label className="danger-name" htmlFor={nameId}>
            <span>{say("danger.type", { name })}</span>
            <Input
              id={nameId}
              value={typed}
              onChange={({ target }) => type(target.value)}
              autoComplete="off"
              spellCheck={false}
            />
          </label>
        )}
        {act.problem && <ProblemPanel problem={act.problem} />}
      </div>
    </Modal>
  );
}

interface RehearsalProps {
  readonly effects: Effects | undefined;
  readonly error: unknown;
  readonly sayEvent: ((name: string, count: number) => string | undefined) | undefined;
}

function Rehearsal({ effects, error, sayEvent }: RehearsalProps): ReactNode {
  const say = useUi();
  const language = useLanguage();
  if (error)
    return <p className="quiet">{say("danger.cannotRehearse", { why: explain(toProblem(error), language) })}</p>;
  if (!effects) return <Skeleton lines={2} />;
  return (
    <div className="danger-effects">
      <h3>{say("danger.effects")}</h3>
      <ul>
        {effects.people > 0 && <li>{say("danger.people", { count: effects.people })}</li>}
        {effects.events.map(({ name, count }) => (
          <li key={name}>{sayEvent?.(name, count) ?? `${name} × ${count}`}</li>
        ))}
        {effects.events.length === 0 && <li className="quiet">{say("danger.noEffects")}</li>}
      </ul>
    </div>
  );
}
