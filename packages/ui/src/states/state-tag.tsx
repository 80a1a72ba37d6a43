import { Tooltip } from "antd";
import type { ReactNode } from "react";
import { useUi } from "../words/ui-words.ts";
import { ToneIcon } from "./tone-icon.tsx";
import { type StateName, type StateOf, type Tone, tones } from "./tones.ts";
import "./states.css";

interface TagProps {
  readonly tone: Tone;
  readonly children: ReactNode;
  readonly hint?: string | undefined;
}

/** Colour, icon and word, always together: to many, amber is red. */
export function Tag({ tone, children, hint }: TagProps): ReactNode {
  const tag = (
    <span className={`state-tag ${tone}`}>
      <ToneIcon tone={tone} />
      <span>{children}</span>
    </span>
  );
  return hint ? <Tooltip title={hint}>{tag}</Tooltip> : tag;
}

interface StateProps<Of extends StateOf> {
  readonly of: Of;
  readonly state: StateName<Of>;
  /** Why, in a few words. */
  readonly why?: string | undefined;
  readonly hint?: string | undefined;
}

export function StateTag<Of extends StateOf>({ of, state, why, hint }: StateProps<Of>): ReactNode {
  const say = useUi();
  const word = say(`states.${of}.${state}` as Parameters<typeof say>[0]);
  return (
    <Tag tone={(tones[of] as Record<string, Tone>)[state] ?? "unknown"} hint={hint}>
      {why ? say("withReason", { what: word, why }) : word}
    </Tag>
  );
}
