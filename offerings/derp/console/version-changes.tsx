import { useWords } from "@berth/ui/words/words.ts";
import type { ReactNode } from "react";
import { derpWords } from "./derp-words.ts";
import type { Version } from "./version-type.ts";

type Change = Version["changes"][number];

/** What differs from the version before, relay by relay; of the first one, where it leads. */
export function VersionChanges({ version }: { readonly version: Version }): ReactNode {
  const say = useWords(derpWords);
  const { instances, changes } = version;
  const slots = [...new Set(changes.map(({ slot }) => slot))];
  const nameOf = (slot: number) =>
    instances.find((one) => one.slot === slot)?.nodeName ?? say("versions.slot", { number: slot + 1 });
  if (slots.length === 0) {
    return <p className="quiet">{instances.map(({ nodeName }) => nodeName).join(" · ") || say("noRelays")}</p>;
  }
  return (
    <details className="derp-changes">
      <summary>{say("versions.changes", { count: slots.length })}</summary>
      <dl>
        {slots.map((slot) => (
          <div key={slot}>
            <dt>{nameOf(slot)}</dt>
            {changes
              .filter((change) => change.slot === slot)
              .map((change) => (
                <ChangeLine key={change.what} change={change} />
              ))}
          </div>
        ))}
      </dl>
    </details>
  );
}

function ChangeLine({ change: { what, from, to } }: { readonly change: Change }): ReactNode {
  const say = useWords(derpWords);
  return (
    <dd>
      {say(`versions.what.${what}`)} <Value text={from} /> → <Value text={to} />
    </dd>
  );
}

/** Fingerprints are long, and their beginnings tell them apart. */
const most = 24;

function Value({ text }: { readonly text: string | null }): ReactNode {
  if (text === null) return "–";
  return <code title={text}>{text.length > most ? `${text.slice(0, most)}…` : text}</code>;
}
