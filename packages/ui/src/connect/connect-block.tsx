import { Button } from "antd";
import { type ReactNode, useState } from "react";
import { CopyButton } from "../secret/copy-button.tsx";
import { Tag } from "../states/state-tag.tsx";
import { useUi } from "../words/ui-words.ts";
import { QrCode } from "./qr-code.tsx";
import "./connect.css";

export interface Way {
  readonly name: string;
  /** What to do with it, in a sentence. */
  readonly how: string;
  readonly link: string;
}

interface ConnectProps {
  /** Opens a client that knows what to do with it; without it the first thing to do is to copy. */
  readonly openIn?: string;
  readonly link: string;
  /** Other forms of the same. */
  readonly ways?: readonly Way[];
  readonly warning: string;
  readonly onRotate?: (() => void) | undefined;
  /** Whether a first packet came; nothing where that is not known. */
  readonly isSeen?: boolean | undefined;
}

/** How to connect: one tap, then copy, QR, file. The link is masked, and the block waits for the first packet. */
export function ConnectBlock({ openIn, link, ways = [], warning, onRotate, isSeen }: ConnectProps): ReactNode {
  const say = useUi();
  const [isShown, show] = useState(false);
  const [hasQr, setQr] = useState(false);
  return (
    <div className="connect">
      <div className="connect-link">
        <input
          readOnly
          className="mono"
          aria-label={say("connect.link")}
          value={isShown ? link : masked(link)}
          onFocus={({ target }) => target.select()}
        />
        <Button onClick={() => show(!isShown)}>{say(isShown ? "hide" : "show")}</Button>
      </div>
      <div className="row">
        {openIn && (
          <Button type="primary" href={openIn}>
            {say("connect.open")}
          </Button>
        )}
        <CopyButton text={link} label={say("connect.copyLink")} primary={!openIn} />
        <Button aria-expanded={hasQr} onClick={() => setQr(!hasQr)}>
          {say("connect.qr")}
        </Button>
        {onRotate && <Button onClick={onRotate}>{say("connect.rotate")}</Button>}
      </div>
      {hasQr && <QrCode text={link} label={say("connect.qr")} />}
      <p className="quiet">{warning}</p>
      {ways.length > 0 && <Ways ways={ways} />}
      {isSeen !== undefined && (
        <p aria-live="polite">
          {isSeen ? <Tag tone="good">{say("connect.seen")}</Tag> : <Tag tone="busy">{say("connect.waiting")}</Tag>}
        </p>
      )}
    </div>
  );
}

/** Enough to tell that it is there. */
function masked(link: string): string {
  return link.replace(/[^/]{8,}$/, (secret) => `${secret.slice(0, 2)}${"•".repeat(12)}`);
}

function Ways({ ways }: { readonly ways: readonly Way[] }): ReactNode {
  const say = useUi();
  return (
    <ul className="connect-ways">
      {ways.map(({ name, how, link }) => (
        <li key={name}>
          <div>
            <strong>{name}</strong>
            <p className="quiet">{how}</p>
          </div>
          <div className="row">
            <CopyButton text={link} label={say("connect.copyLink")} />
            <Button href={link} target="_blank" rel="noopener" aria-label={`${say("open")} ${name}`}>
              {say("open")}
            </Button>
          </div>
        </li>
      ))}
    </ul>
  );
}
