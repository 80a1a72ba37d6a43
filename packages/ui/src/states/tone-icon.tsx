import type { ReactNode } from "react";
import type { Tone } from "./tones.ts";
import "./states.css";

const shapes: Readonly<Record<Tone, string>> = {
  good: "M8 1.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13M5 8.2l2.1 2.1L11.2 6",
  busy: "M8 1.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13M8 4.5V8l2.4 1.8",
  care: "M8 2 1.8 13.2h12.4zM8 6.4v3.1M8 11.4v.2",
  bad: "M8 1.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13M5.8 5.8l4.4 4.4M10.2 5.8l-4.4 4.4",
  over: "M8 1.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13M5.2 8h5.6",
  unknown: "M6 6.1a2 2 0 1 1 2.9 1.8c-.6.3-.9.7-.9 1.3M8 11.4v.2",
};

/** What colour alone must not say. */
export function ToneIcon({ tone }: { readonly tone: Tone }): ReactNode {
  return (
    <svg viewBox="0 0 16 16" className="tone-icon" aria-hidden="true">
      <path d={shapes[tone]} />
    </svg>
  );
}
