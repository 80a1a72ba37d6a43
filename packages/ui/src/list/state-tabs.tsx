import type { ReactNode } from "react";
import { toCount } from "../numbers/format.ts";
import { useUi } from "../words/ui-words.ts";
import { useLanguage } from "../words/words.ts";
import type { StateTab } from "./types.ts";
import type { ListState } from "./use-list.ts";

interface StateTabsProps {
  readonly tabs: readonly StateTab[];
  readonly list: Pick<ListState<unknown>, "query" | "counts" | "change">;
}

/** Each state with how many rows it has. */
export function StateTabs({ tabs, list: { query, counts, change } }: StateTabsProps): ReactNode {
  const say = useUi();
  const sum = counts && Object.values(counts).reduce((sum, count) => sum + count, 0);
  return (
    <fieldset className="list-tabs">
      <legend className="unseen">{say("list.stateTabs")}</legend>
      <Tab
        label={say("list.all")}
        count={sum}
        isOn={query.state === ""}
        onChoose={() => change({ state: undefined })}
      />
      {tabs.map(({ value, label }) => (
        <Tab
          key={value}
          label={label}
          count={counts?.[value]}
          isOn={query.state === value}
          onChoose={() => change({ state: value })}
        />
      ))}
    </fieldset>
  );
}

interface TabProps {
  readonly label: string;
  readonly count: number | undefined;
  readonly isOn: boolean;
  readonly onChoose: () => void;
}

/** Control counts up to here; one more stands for more. */
const mostCounted = 10_000;

function Tab({ label, count, isOn, onChoose }: TabProps): ReactNode {
  const language = useLanguage();
  return (
    <button type="button" className="list-tab" aria-pressed={isOn} onClick={onChoose}>
      {label}
      <span className="list-tab-count">
        {count !== undefined && (count > mostCounted ? `${toCount(mostCounted, language)}+` : toCount(count, language))}
      </span>
    </button>
  );
}
