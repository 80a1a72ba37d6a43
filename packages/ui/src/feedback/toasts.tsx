import { Button } from "antd";
import { type ReactNode, useSyncExternalStore } from "react";
import { ToneIcon } from "../states/tone-icon.tsx";
import { useUi } from "../words/ui-words.ts";
import "./feedback.css";

interface Toast {
  readonly id: number;
  readonly text: string;
  readonly undo: (() => void) | undefined;
}

const shownMs = 4_000;
const undoMs = 10_000;
const listeners = new Set<() => void>();
let toasts: readonly Toast[] = [];
let count = 0;

function show(next: readonly Toast[]): void {
  toasts = next;
  for (const listener of listeners) listener();
}

/** Says that something was done. What can be taken back offers so for ten seconds. */
export function toast(text: string, undo?: () => void): void {
  const id = ++count;
  show([...toasts.slice(-2), { id, text, undo }]);
  setTimeout(() => dismiss(id), undo ? undoMs : shownMs);
}

function dismiss(id: number): void {
  show(toasts.filter((one) => one.id !== id));
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

export function Toasts(): ReactNode {
  const say = useUi();
  const shown = useSyncExternalStore(subscribe, () => toasts);
  return (
    <div className="toasts" role="status" aria-live="polite">
      {shown.map(({ id, text, undo }) => (
        <div className="toast" key={id}>
          <span className="toast-icon">
            <ToneIcon tone="good" />
          </span>
          <span>{text}</span>
          {undo && (
            <Button
              size="small"
              onClick={() => {
                dismiss(id);
                undo();
              }}
            >
              {say("undo")}
            </Button>
          )}
        </div>
      ))}
    </div>
  );
}
