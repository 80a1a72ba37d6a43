import i18next from "i18next";
import { useSyncExternalStore } from "react";

export const languages = ["zh-CN", "en"] as const;
export type Language = (typeof languages)[number];

export interface Tree {
  readonly [key: string]: string | Tree;
}

/**
 * What another language has to say: every word of the first one. Where a language tells one from many it adds the
 * same key with `_one`.
 */
export type Said<T> = { readonly [K in keyof T]: T[K] extends string ? string : Said<T[K]> } & {
  readonly [K in keyof T & string as `${K}_one`]?: string;
};

/** The names of all words: `state.online`. */
export type KeyOf<T> = {
  [K in keyof T & string]: T[K] extends string ? K : `${K}.${KeyOf<T[K]>}`;
}[keyof T & string];

/** The words of one part of the application: loaded with what shows them, in the language that is read. */
export interface Area<T> {
  readonly name: string;
  readonly load: Readonly<Record<Language, () => Promise<{ readonly default: Said<T> }>>>;
  /** Never there: carries the names for the compiler. */
  readonly shape?: T;
}

type AnyArea = Pick<Area<unknown>, "name"> & {
  readonly load: Readonly<Record<Language, () => Promise<{ default: object }>>>;
};

export type Values = Readonly<Record<string, string | number>>;
export type Say<T> = (key: KeyOf<T>, values?: Values) => string;

const known = new Map<string, AnyArea>();
const listeners = new Set<() => void>();
let version = 0;

export function area<T>(
  name: string,
  zh: () => Promise<{ readonly default: T }>,
  en: () => Promise<{ readonly default: Said<T> }>,
): Area<T> {
  return { name, load: { "zh-CN": zh as unknown as () => Promise<{ default: Said<T> }>, en } };
}

export async function startWords(language: Language): Promise<void> {
  await i18next.init({
    lng: language,
    fallbackLng: false,
    resources: {},
    ns: [],
    interpolation: { escapeValue: false },
    showSupportNotice: false,
  } as Parameters<typeof i18next.init>[0]);
  document.documentElement.lang = language;
}

/** Fetches what is not there yet; whoever shows words waits for it. */
export async function loadWords(areas: readonly AnyArea[]): Promise<void> {
  for (const one of areas) known.set(one.name, one);
  await fetchWords(areas, language());
}

async function fetchWords(areas: readonly AnyArea[], into: Language): Promise<void> {
  const missing = areas.filter(({ name }) => !i18next.hasResourceBundle(into, name));
  await Promise.all(
    missing.map(async ({ name, load }) => i18next.addResourceBundle(into, name, (await load[into]()).default)),
  );
}

export function language(): Language {
  return i18next.language as Language;
}

/** Another language, without loading the page again. */
export async function changeLanguage(into: Language): Promise<void> {
  await fetchWords([...known.values()], into);
  await i18next.changeLanguage(into);
  document.documentElement.lang = into;
  version++;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

/** Shows a component again when the language changes. */
export function useLanguage(): Language {
  useSyncExternalStore(subscribe, () => version);
  return language();
}

export function useWords<T>(of: Area<T>): Say<T> {
  useLanguage();
  return wordsOf(of);
}

/** The same outside of components. */
export function wordsOf<T>({ name }: Area<T>): Say<T> {
  return (key, values) => translate(key, { ns: name, ...values });
}

/** A word that may not be there, as one for a code that control made up since. */
export function findWord({ name }: Pick<Area<unknown>, "name">, key: string, values?: Values): string | undefined {
  return i18next.exists(key, { ns: name }) ? translate(key, { ns: name, ...values }) : undefined;
}

/** The keys are typed by the areas, so that the library's own types, which know one set of words, stay out of it. */
const translate = i18next.t as (key: string, options: object) => string;
