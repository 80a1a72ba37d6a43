import { lazy, type ReactNode, Suspense, useState } from "react";
import { OfflineStrip } from "../live/offline-strip.tsx";
import { useUi } from "../words/ui-words.ts";
import { Icon, type IconName } from "./icon.tsx";
import { AppLink, usePath } from "./links.tsx";
import "./app-frame.css";

const NavDrawer = lazy(() => import("./nav-drawer.tsx"));

export interface NavItem {
  readonly to: string;
  readonly label: string;
  readonly icon: IconName;
}

export interface NavGroup {
  /** Absent over the first ones. */
  readonly label?: string;
  readonly items: readonly NavItem[];
}

interface AppFrameProps {
  /** Of a face for who works in it all day a sider; else a bar. */
  readonly kind: "sider" | "bar";
  readonly home: string;
  readonly groups: readonly NavGroup[];
  /** On a phone: four. */
  readonly bottom: readonly NavItem[];
  /** What is wrong with the installation, worst first. */
  readonly strip?: ReactNode;
  readonly tools?: ReactNode;
  readonly children: ReactNode;
}

/** What stands around every page of a face. */
export function AppFrame(props: AppFrameProps): ReactNode {
  const { kind, home, groups, bottom, strip, tools, children } = props;
  const say = useUi();
  const [isOpen, setOpen] = useState<boolean>();
  return (
    <div className={`frame of-${kind}`}>
      <a className="skip" href="#content">
        {say("skip")}
      </a>
      <header className="frame-top">
        {kind === "sider" && (
          <button type="button" className="frame-menu" aria-label={say("menu")} onClick={() => setOpen(true)}>
            <Icon name="menu" />
          </button>
        )}
        <AppLink to={home} className="brand" label="Berth">
          <Mark />
          <span>Berth</span>
        </AppLink>
        {kind === "bar" && <NavList groups={groups} />}
        <div className="frame-tools">{tools}</div>
      </header>
      {strip}
      <OfflineStrip />
      <div className="frame-body">
        {kind === "sider" && (
          <div className="frame-sider">
            <NavList groups={groups} />
          </div>
        )}
        <main id="content" className="frame-main" tabIndex={-1}>
          {children}
        </main>
      </div>
      <BottomBar items={bottom} groups={groups} />
      {isOpen !== undefined && (
        <Suspense>
          <NavDrawer open={isOpen} onClose={() => setOpen(false)}>
            <NavList groups={groups} onGo={() => setOpen(false)} />
          </NavDrawer>
        </Suspense>
      )}
    </div>
  );
}

function NavList({ groups, onGo }: { readonly groups: readonly NavGroup[]; readonly onGo?: () => void }): ReactNode {
  const say = useUi();
  const path = usePath();
  const present = longest(groups, path);
  return (
    <nav className="nav" aria-label={say("mainNavigation")}>
      {groups.map(({ label, items }) => (
        <div className="nav-group" key={items[0]?.to}>
          {label && <p className="nav-label">{label}</p>}
          <ul>
            {items.map((item) => (
              <li key={item.to}>
                <NavLink item={item} isHere={item.to === present} onGo={onGo} />
              </li>
            ))}
          </ul>
        </div>
      ))}
    </nav>
  );
}

/** Of `/operator` and `/operator/nodes` the longer one is where the reader is. */
function longest(groups: readonly NavGroup[], path: string): string | undefined {
  const fits = groups.flatMap(({ items }) => items.map(({ to }) => to)).filter((to) => isUnder(path, to));
  return fits.sort((a, b) => b.length - a.length)[0];
}

function isUnder(path: string, to: string): boolean {
  return path === to || path.startsWith(`${to}/`);
}

interface NavLinkProps {
  readonly item: NavItem;
  readonly isHere: boolean;
  readonly onGo?: (() => void) | undefined;
}

function NavLink({ item, isHere, onGo }: NavLinkProps): ReactNode {
  return (
    <AppLink to={item.to} className={`nav-link${isHere ? " here" : ""}`} {...(onGo ? { onClick: onGo } : {})}>
      <Icon name={item.icon} />
      <span>{item.label}</span>
    </AppLink>
  );
}

interface BottomBarProps {
  readonly items: readonly NavItem[];
  /** All places: one that is not in the bar leaves all of its links unlit. */
  readonly groups: readonly NavGroup[];
}

function BottomBar({ items, groups }: BottomBarProps): ReactNode {
  const say = useUi();
  const path = usePath();
  const present = longest(groups, path);
  return (
    <nav className="frame-bottom" aria-label={say("menu")}>
      {items.map((item) => (
        <NavLink key={item.to} item={item} isHere={item.to === present} />
      ))}
    </nav>
  );
}

function Mark(): ReactNode {
  return (
    <svg viewBox="0 0 24 24" className="mark" aria-hidden="true">
      <path d="M12 3v12M8 6h8M4 13c0 5 4 8 8 8s8-3 8-8" />
    </svg>
  );
}
