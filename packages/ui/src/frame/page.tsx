import { type ReactNode, useEffect } from "react";
import { useUi } from "../words/ui-words.ts";
import { Icon } from "./icon.tsx";
import { AppLink } from "./links.tsx";
import "./page.css";

interface PageProps {
  readonly title: string;
  /** One. */
  readonly action?: ReactNode;
  /** This page's guide. */
  readonly help?: string | undefined;
  readonly children: ReactNode;
}

/** A page's frame: what it is, the one thing to do, and its guide. */
export function Page({ title, action, help, children }: PageProps): ReactNode {
  useTitle(title);
  return (
    <div className="page">
      <header className="page-head">
        <h1>{title}</h1>
        <div className="row">
          {help && <HelpLink to={help} />}
          {action}
        </div>
      </header>
      {children}
    </div>
  );
}

export function useTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · Berth`;
  }, [title]);
}

/** Leads to a guide. */
export function HelpLink({ to }: { readonly to: string }): ReactNode {
  const say = useUi();
  return (
    <AppLink className="icon-link" to={to} label={say("help")}>
      <Icon name="help" />
    </AppLink>
  );
}

interface PanelProps {
  readonly title: string;
  readonly action?: ReactNode;
  readonly children: ReactNode;
}

/** A part of a page with a heading of its own. */
export function Panel({ title, action, children }: PanelProps): ReactNode {
  return (
    <section className="panel" aria-label={title}>
      <header className="panel-head">
        <h2>{title}</h2>
        {action && <div className="row">{action}</div>}
      </header>
      <div className="panel-body">{children}</div>
    </section>
  );
}
