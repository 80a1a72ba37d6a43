import { Button } from "antd";
import type { ReactNode } from "react";
import { ActButton } from "../permission/act-button.tsx";
import { useUi } from "../words/ui-words.ts";
import type { BulkAction, Selection } from "./types.ts";

interface BulkBarProps<Row> {
  readonly actions: readonly BulkAction<Row>[];
  readonly selection: Selection<Row>;
  /** There is more than this page. */
  readonly canAll: boolean;
  readonly onAll: () => void;
  readonly onClear: () => void;
}

/** What can be done to many rows at once. */
export function BulkBar<Row>({ actions, selection, canAll, onAll, onClear }: BulkBarProps<Row>): ReactNode {
  const say = useUi();
  return (
    <section className="list-bulk" aria-label={say("list.selected", { count: selection.rows.length })}>
      <span aria-live="polite">
        {selection.isAll ? say("list.allSelected") : say("list.selected", { count: selection.rows.length })}
      </span>
      {canAll && (
        <Button type="link" size="small" onClick={onAll}>
          {say("list.selectAll")}
        </Button>
      )}
      <Button type="link" size="small" onClick={onClear}>
        {say("list.unselect")}
      </Button>
      <div className="row list-bulk-actions">
        {actions.map(({ key, label, permission, isDanger, run }) => (
          <ActButton
            key={key}
            {...(permission ? { permission } : {})}
            danger={isDanger ?? false}
            onClick={() => run(selection)}
          >
            {label}
          </ActButton>
        ))}
      </div>
    </section>
  );
}
