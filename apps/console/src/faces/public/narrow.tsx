import { useTitle } from "@berth/ui/frame/page.tsx";
import { LookAndLanguage } from "@berth/ui/frame/tools.tsx";
import type { ReactNode } from "react";
import { keepLanguage } from "../../i18n/language.ts";
import "./narrow.css";

interface NarrowProps {
  readonly title: string;
  readonly lead?: ReactNode;
  readonly children: ReactNode;
  /** Where else to go. */
  readonly aside?: ReactNode;
}

/** A page with one form, for who is not signed in. */
export function Narrow({ title, lead, children, aside }: NarrowProps): ReactNode {
  useTitle(title);
  return (
    <div className="narrow">
      <header className="narrow-top">
        <span className="narrow-brand">Berth</span>
        <div className="row">
          <LookAndLanguage onLanguage={keepLanguage} />
        </div>
      </header>
      <main className="narrow-main">
        <h1>{title}</h1>
        {lead && <p className="narrow-lead">{lead}</p>}
        {children}
        {aside && <p className="narrow-aside">{aside}</p>}
      </main>
    </div>
  );
}
