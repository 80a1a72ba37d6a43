import { AppLink, useParam } from "@berth/ui/frame/links.tsx";
import { Page } from "@berth/ui/frame/page.tsx";
import { findWord, useWords } from "@berth/ui/words/words.ts";
import { Fragment, type ReactNode } from "react";
import { helpWords } from "../../../i18n/areas.ts";
import { type Guide, guides } from "./guides.ts";
import "./help.css";

/** All guides, or the one that the address names. */
export default function Help(): ReactNode {
  const name = useParam("guide");
  const guide = guides.find((one) => one.name === name);
  return guide ? <OneGuide guide={guide} /> : <AllGuides />;
}

function AllGuides(): ReactNode {
  const say = useWords(helpWords);
  return (
    <Page title={say("title")}>
      <ul className="guides">
        {guides.map(({ name }) => (
          <li key={name}>
            <h2>
              <AppLink to={`/help/${name}`}>{say(`${name}.title`)}</AppLink>
            </h2>
            <p className="quiet">{say(`${name}.lead`)}</p>
          </li>
        ))}
      </ul>
    </Page>
  );
}

function OneGuide({ guide: { name, steps, notes } }: { readonly guide: Guide }): ReactNode {
  const say = useWords(helpWords);
  const part = (of: string) => <Text text={findWord(helpWords, `${name}.${of}`) ?? of} />;
  return (
    <Page title={say(`${name}.title`)}>
      <article className="guide">
        <p>{say(`${name}.lead`)}</p>
        {steps.length > 0 && (
          <ol className="guide-steps">
            {steps.map((step) => (
              <li key={step}>{part(step)}</li>
            ))}
          </ol>
        )}
        {notes.map((note) => (
          <p key={note}>{part(note)}</p>
        ))}
      </article>
      <p>
        <AppLink to="/help">{say("all")}</AppLink>
      </p>
    </Page>
  );
}

/** What stands between two backticks is typed or read as it is. */
function Text({ text }: { readonly text: string }): ReactNode {
  return text.split("`").map((part, index) =>
    // biome-ignore lint/suspicious/noArrayIndexKey: parts of one text, which never change places
    index % 2 === 1 ? <code key={index}>{part}</code> : <Fragment key={index}>{part}</Fragment>,
  );
}
