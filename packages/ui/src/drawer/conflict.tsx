import { Button } from "antd";
import type { ReactNode } from "react";
import { useUi } from "../words/ui-words.ts";

interface ConflictProps {
  readonly mine: object;
  readonly theirs: object;
  readonly onTake: () => void;
}

/** Somebody saved meanwhile: both are shown, and nothing is lost. */
export function Conflict({ mine, theirs, onTake }: ConflictProps): ReactNode {
  const say = useUi();
  const own = mine as Readonly<Record<string, unknown>>;
  const differing = Object.entries(theirs).filter(
    ([name, value]) => JSON.stringify(value) !== JSON.stringify(own[name]),
  );
  if (differing.length === 0) return null;
  return (
    <div className="form-conflict" role="alert">
      <p>{say("form.conflict")}</p>
      <dl>
        {differing.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>
              <span className="quiet">{say("form.yours")}</span> {String(own[name] ?? "–")}
            </dd>
            <dd>
              <span className="quiet">{say("form.theirs")}</span> {String(value ?? "–")}
            </dd>
          </div>
        ))}
      </dl>
      <Button size="small" onClick={onTake}>
        {say("form.takeTheirs")}
      </Button>
    </div>
  );
}
