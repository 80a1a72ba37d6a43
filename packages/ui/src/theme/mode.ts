import { useSyncExternalStore } from "react";
import { type Look, tokens } from "./tokens.ts";

/** What somebody chose; `system` follows the machine. */
export type Mode = "system" | Look;

const key = "berth.look";
const machine = matchMedia("(prefers-color-scheme: dark)");
const listeners = new Set<() => void>();
let mode: Mode = readMode();

function readMode(): Mode {
  const kept = localStorage.getItem(key);
  return kept === "light" || kept === "dark" ? kept : "system";
}

export function setMode(chosen: Mode): void {
  mode = chosen;
  if (chosen === "system") localStorage.removeItem(key);
  else localStorage.setItem(key, chosen);
  applyLook();
}

function look(): Look {
  if (mode !== "system") return mode;
  return machine.matches ? "dark" : "light";
}

/** Hands the colours to style sheets as custom properties: `primaryInk` is `--primary-ink`. */
export function applyLook(): void {
  const root = document.documentElement;
  root.dataset.look = look();
  for (const [name, colour] of Object.entries(tokens[look()])) {
    root.style.setProperty(`--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`, colour);
  }
  for (const listener of listeners) listener();
}

machine.addEventListener("change", applyLook);

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

export function useMode(): Mode {
  return useSyncExternalStore(subscribe, () => mode);
}

export function useLook(): Look {
  return useSyncExternalStore(subscribe, look);
}
