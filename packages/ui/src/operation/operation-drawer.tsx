import { operations, type ReplyOf } from "@berth/api";
import { Button, Drawer } from "antd";
import type { ReactNode } from "react";
import { useAct, useCall } from "../api/query.ts";
import { Loaded, ProblemPanel } from "../feedback/feedback.tsx";
import { useQuery } from "../frame/links.tsx";
import { useMay } from "../permission/session.ts";
import { Tag } from "../states/state-tag.tsx";
import type { Tone } from "../states/tones.ts";
import { Ago } from "../time/time.tsx";
import { explain } from "../words/refusals.ts";
import { useUi } from "../words/ui-words.ts";
import { useLanguage } from "../words/words.ts";
import { isOver, partDone } from "./progress.ts";
import "./operation.css";

type Operation = ReplyOf<typeof operations.getOperation>;
type Item = Operation["results"][number];

const tones: Readonly<Record<Item["state"], Tone>> = {
  waiting: "over",
  sent: "busy",
  running: "busy",
  done: "good",
  failed: "bad",
  cancelled: "over",
  expired: "bad",
};

/** The operation that the address names, `?open=operation_…`: so it survives a reload, and a link leads to it. */
export function OperationDrawer(): ReactNode {
  const say = useUi();
  const [query, change] = useQuery();
  const id = query.open;
  if (!id?.startsWith("operation_")) return null;
  return (
    <Drawer open size={480} title={say("operation.title")} onClose={() => change({ open: undefined })}>
      <Shown operationId={id as Operation["id"]} onOpen={(open) => change({ open })} />
    </Drawer>
  );
}

interface ShownProps {
  readonly operationId: Operation["id"];
  readonly onOpen: (operationId: string) => void;
}

/** Until it is over it is asked for again every second. */
function Shown({ operationId, onOpen }: ShownProps): ReactNode {
  const asked = useCall(operations.getOperation, { operationId }, { everyMs: 1_000, keep: true });
  return <Loaded of={asked}>{(operation) => <Progress operation={operation} onOpen={onOpen} />}</Loaded>;
}

interface ProgressProps {
  readonly operation: Operation;
  readonly onOpen: (operationId: string) => void;
}

function Progress({ operation, onOpen }: ProgressProps): ReactNode {
  const say = useUi();
  const { items, ended, failed, results, kind, createdAt } = operation;
  return (
    <div className="stack">
      <div>
        <h3>
          <code>{kind}</code>
        </h3>
        <p className="quiet">
          <Ago at={createdAt} />
        </p>
      </div>
      <svg className="operation-bar" aria-hidden="true">
        <rect className="quota-track" width="100%" height="100%" />
        <rect className="quota-fill" width={`${(partDone(operation) * 100).toFixed(1)}%`} height="100%" />
      </svg>
      <p aria-live="polite">
        {say("operation.progress", { done: ended, all: items })}
        {failed > 0 && ` · ${say("operation.failed", { count: failed })}`}
      </p>
      <Acts operation={operation} onOpen={onOpen} />
      <ul className="operation-items">
        {results.map((item) => (
          <ItemLine key={item.id} item={item} />
        ))}
      </ul>
    </div>
  );
}

function Acts({ operation, onOpen }: ProgressProps): ReactNode {
  const say = useUi();
  const may = useMay("nodes.write");
  const cancel = useAct(operations.cancelOperation);
  const retry = useAct(operations.retryOperation, { onDone: ({ id }) => onOpen(id) });
  if (!may) return null;
  const { id: operationId, failed } = operation;
  return (
    <div className="row">
      {!isOver(operation) && (
        <Button loading={cancel.isActing} onClick={() => void cancel.act({ operationId })}>
          {say("operation.cancelRest")}
        </Button>
      )}
      {isOver(operation) && failed > 0 && (
        <Button loading={retry.isActing} onClick={() => void retry.act({ operationId })}>
          {say("operation.retryFailed")}
        </Button>
      )}
      {(cancel.problem ?? retry.problem) && <ProblemPanel problem={(cancel.problem ?? retry.problem) as never} />}
    </div>
  );
}

function ItemLine({ item }: { readonly item: Item }): ReactNode {
  const say = useUi();
  const language = useLanguage();
  const { nodeName, state, note, problem, percent } = item;
  return (
    <li>
      <span className="operation-name">{nodeName}</span>
      {state === "running" && percent > 0 && <span className="figure">{percent}%</span>}
      <Tag tone={tones[state]}>{say(`operation.states.${state}`)}</Tag>
      {(problem || note) && (
        <span className="operation-why">
          {problem ? explain({ status: 0, title: "", traceId: "", ...problem }, language) : note}
        </span>
      )}
    </li>
  );
}
