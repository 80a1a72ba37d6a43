import type { BatchOf, CallOf, Route } from "@berth/api";
import { Button, Modal } from "antd";
import { type ReactNode, useState } from "react";
import { toProblem } from "../api/client.ts";
import { refresh, topicOf } from "../api/query.ts";
import { ProblemPanel, Skeleton } from "../feedback/feedback.tsx";
import type { RowOf, Selection } from "../list/types.ts";
import { Tag } from "../states/state-tag.tsx";
import { explain } from "../words/refusals.ts";
import { useUi } from "../words/ui-words.ts";
import { useLanguage } from "../words/words.ts";
import { gatherRows, type Outcome, runBatch } from "./batch.ts";
import "./operation.css";

interface BatchDialogProps<L extends Route, R extends Route> {
  /** A question: "Cordon 12 nodes?" */
  readonly title: (count: number) => string;
  readonly submit: string;
  readonly isDanger?: boolean;
  readonly selection: Selection<RowOf<L>>;
  /** The list that was marked in. */
  readonly list: L;
  readonly batch: BatchOf<R>;
  readonly toItem: (row: RowOf<L>) => CallOf<R>;
  readonly nameOf: (row: RowOf<L>) => string;
  readonly children?: ReactNode;
  readonly onClose: () => void;
}

type Stage<Row> =
  | { readonly at: "asking" }
  | { readonly at: "running"; readonly rows: readonly Row[]; readonly outcomes: readonly Outcome[] }
  | { readonly at: "ended"; readonly rows: readonly Row[]; readonly outcomes: readonly Outcome[] }
  | { readonly at: "failed"; readonly error: unknown };

/** The same for many rows: asks, runs, and then says of each what became of it. */
export function BatchDialog<L extends Route, R extends Route>(props: BatchDialogProps<L, R>): ReactNode {
  const { title, submit, isDanger = false, selection, list, batch, toItem, onClose } = props;
  const say = useUi();
  const [stage, setStage] = useState<Stage<RowOf<L>>>({ at: "asking" });
  const run = async (rows: readonly RowOf<L>[]) => {
    setStage({ at: "running", rows, outcomes: [] });
    const outcomes = await runBatch<R>(batch, rows.map(toItem), ({ outcomes }) =>
      setStage({ at: "running", rows, outcomes }),
    );
    setStage({ at: "ended", rows, outcomes });
    await refresh(topicOf(list.path));
  };
  const begin = async () => {
    try {
      await run(selection.isAll ? ((await gatherRows(list, selection.filter)) as RowOf<L>[]) : selection.rows);
    } catch (error) {
      setStage({ at: "failed", error });
    }
  };
  const failed = stage.at === "ended" ? stage.rows.filter((_, at) => stage.outcomes[at]?.ok === false) : [];
  const isOver = stage.at === "ended" || stage.at === "failed";
  return (
    <Modal
      open
      width={560}
      title={selection.isAll ? submit : title(selection.rows.length)}
      onCancel={onClose}
      mask={{ closable: stage.at !== "running" }}
      footer={
        <>
          <Button onClick={onClose}>{isOver ? say("close") : say("cancel")}</Button>
          {failed.length > 0 && <Button onClick={() => void run(failed)}>{say("operation.retryFailed")}</Button>}
          {!isOver && (
            <Button type="primary" danger={isDanger} loading={stage.at === "running"} onClick={() => void begin()}>
              {submit}
            </Button>
          )}
        </>
      }
    >
      <Shown stage={stage} nameOf={props.nameOf}>
        {props.children}
      </Shown>
    </Modal>
  );
}

interface ShownProps<Row> {
  readonly stage: Stage<Row>;
  readonly nameOf: (row: Row) => string;
  readonly children: ReactNode;
}

function Shown<Row>({ stage, nameOf, children }: ShownProps<Row>): ReactNode {
  const say = useUi();
  if (stage.at === "asking") return <div className="stack">{children}</div>;
  if (stage.at === "failed") return <ProblemPanel problem={toProblem(stage.error)} />;
  const { rows, outcomes } = stage;
  const bad = outcomes.filter(({ ok }) => !ok).length;
  return (
    <div className="stack">
      <p aria-live="polite">
        {say("operation.progress", { done: outcomes.length, all: rows.length })}
        {bad > 0 && ` · ${say("operation.failed", { count: bad })}`}
      </p>
      {outcomes.length === 0 && <Skeleton lines={2} />}
      <ul className="operation-items">
        {outcomes.slice(0, 500).map((outcome, at) => (
          <OutcomeLine key={at as number} name={nameOf(rows[at] as Row)} outcome={outcome} />
        ))}
      </ul>
    </div>
  );
}

function OutcomeLine({ name, outcome }: { readonly name: string; readonly outcome: Outcome }): ReactNode {
  const say = useUi();
  const language = useLanguage();
  return (
    <li>
      <span className="operation-name">{name}</span>
      {outcome.ok ? (
        <Tag tone="good">{say("operation.states.done")}</Tag>
      ) : (
        <Tag tone="bad">{say("operation.states.failed")}</Tag>
      )}
      {!outcome.ok && <span className="operation-why">{explain(outcome.problem, language)}</span>}
    </li>
  );
}
