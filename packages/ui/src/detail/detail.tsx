import { type ReactNode, useEffect, useRef } from "react";
import { AppLink, usePath } from "../frame/links.tsx";
import { type Choice, More } from "../frame/menu.tsx";
import { HelpLink, useTitle } from "../frame/page.tsx";
import "./detail.css";

interface FigureProps {
  readonly label: string;
  readonly children: ReactNode;
  readonly more?: ReactNode;
}

export function Figure({ label, children, more }: FigureProps): ReactNode {
  return (
    <div className="detail-figure">
      <dt>{label}</dt>
      <dd>{children}</dd>
      {more && <dd className="detail-more">{more}</dd>}
    </div>
  );
}

interface FiguresProps {
  /** Six at most. */
  readonly children: ReactNode;
}

export function Figures({ children }: FiguresProps): ReactNode {
  return <dl className="detail-figures">{children}</dl>;
}

export interface Tab {
  readonly key: string;
  readonly label: string;
}

interface DetailProps {
  readonly name: string;
  /** A StateTag, with its reason. */
  readonly state: ReactNode;
  /** Why it is so, and what happens next; nothing while all is well. */
  readonly why?: ReactNode;
  /** Two at most. */
  readonly actions?: ReactNode;
  readonly choices?: readonly Choice[];
  /** The guide to what is shown. */
  readonly help?: string | undefined;
  readonly figures?: ReactNode;
  /** Where the object is; its tabs are addresses below it. The first tab is that address itself. */
  readonly at: string;
  readonly tabs?: readonly Tab[];
  /** What the present tab shows. */
  readonly children: ReactNode;
}

/** One object: what it is and how it is, then its tabs; the last is its events. */
export function Detail(props: DetailProps): ReactNode {
  const { name, state, why, actions, choices = [], help, figures, at, tabs = [], children } = props;
  useTitle(name);
  return (
    <div className="page">
      <section className="detail-strip">
        <header className="detail-head">
          <h1>{name}</h1>
          {state}
          {help && <HelpLink to={help} />}
          <div className="row detail-actions">
            {actions}
            <More choices={choices} />
          </div>
        </header>
        {why && <div className="detail-why">{why}</div>}
        {figures}
      </section>
      {tabs.length > 0 && <TabLinks at={at} tabs={tabs} />}
      {children}
    </div>
  );
}

/** The tab that the address names; the first when it names none. */
export function useTab(at: string, tabs: readonly Tab[]): string {
  const rest = usePath().slice(at.length + 1);
  return tabs.find(({ key }) => key === rest)?.key ?? tabs[0]?.key ?? "";
}

export function TabLinks({ at, tabs }: { readonly at: string; readonly tabs: readonly Tab[] }): ReactNode {
  const present = useTab(at, tabs);
  const nav = useRef<HTMLElement>(null);
  // Where they don't all fit, the present one is to be seen.
  // biome-ignore lint/correctness/useExhaustiveDependencies: again whenever another one is the present one
  useEffect(() => showWhole(nav.current), [present]);
  return (
    <nav className="detail-tabs" ref={nav}>
      {tabs.map(({ key, label }, index) => (
        <AppLink
          key={key}
          to={index === 0 ? at : `${at}/${key}`}
          className={`detail-tab${key === present ? " here" : ""}`}
        >
          {label}
        </AppLink>
      ))}
    </nav>
  );
}

/** Sideways only: the page stays where its reader is. */
function showWhole(nav: HTMLElement | null): void {
  const here = nav?.querySelector(".here")?.getBoundingClientRect();
  if (!nav || !here) return;
  const room = nav.getBoundingClientRect();
  nav.scrollLeft += Math.min(0, here.left - room.left) + Math.max(0, here.right - room.right);
}
