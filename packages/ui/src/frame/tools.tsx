import type { ReactNode } from "react";
import { type Mode, setMode, useMode } from "../theme/mode.ts";
import { useUi } from "../words/ui-words.ts";
import { changeLanguage, languages, useLanguage } from "../words/words.ts";
import { type Choice, More } from "./menu.tsx";

const modes: readonly Mode[] = ["system", "light", "dark"];

/** Language and look, which change without loading the page again. */
export function LookAndLanguage({ onLanguage }: { readonly onLanguage?: (language: string) => void }): ReactNode {
  const say = useUi();
  const language = useLanguage();
  const mode = useMode();
  const looks = modes.map(
    (key): Choice => ({
      key,
      label: <Mark isOn={key === mode}>{say(`looks.${key}`)}</Mark>,
      onChoose: () => setMode(key),
    }),
  );
  const tongues = languages.map(
    (key): Choice => ({
      key,
      label: (
        <span lang={key}>
          <Mark isOn={key === language}>{say(`languages.${key}`)}</Mark>
        </span>
      ),
      onChoose: () => {
        onLanguage?.(key);
        void changeLanguage(key);
      },
    }),
  );
  return (
    <>
      <More label={say("language")} icon="globe" choices={tongues} />
      <More label={say("look")} icon="look" choices={looks} />
    </>
  );
}

function Mark({ isOn, children }: { readonly isOn: boolean; readonly children: ReactNode }): ReactNode {
  return isOn ? <strong>{children} ✓</strong> : children;
}
