/** Colours of one look. Text stands at 4.7:1 or more on every surface, what can be operated at 3:1 (tokens.test.ts). */
export interface Tokens {
  readonly layout: string;
  readonly container: string;
  readonly elevated: string;
  readonly text: string;
  readonly secondary: string;
  readonly tertiary: string;
  readonly placeholder: string;
  readonly border: string;
  readonly line: string;
  readonly primary: string;
  readonly primaryHover: string;
  readonly link: string;
  readonly success: string;
  readonly warning: string;
  readonly error: string;
  readonly primaryInk: string;
  readonly dangerInk: string;
  readonly good: string;
  readonly goodTint: string;
  readonly busy: string;
  readonly busyTint: string;
  readonly care: string;
  readonly careTint: string;
  readonly bad: string;
  readonly badTint: string;
  readonly over: string;
  readonly overTint: string;
}

export type Look = "light" | "dark";

const light: Tokens = {
  layout: "#F4F6F8",
  container: "#FFFFFF",
  elevated: "#FFFFFF",
  text: "#17202A",
  secondary: "#465363",
  tertiary: "#5C6978",
  placeholder: "#5F6C7B",
  border: "#7F8B99",
  line: "#E2E7EC",
  primary: "#0B6BA8",
  primaryHover: "#095A8E",
  link: "#0B6BA8",
  success: "#1A7544",
  warning: "#8F5200",
  error: "#B92D26",
  primaryInk: "#FFFFFF",
  dangerInk: "#FFFFFF",
  good: "#1A7544",
  goodTint: "#E6F5EC",
  busy: "#0B6BA8",
  busyTint: "#E5F1F9",
  care: "#8F5200",
  careTint: "#FFF3DC",
  bad: "#B92D26",
  badTint: "#FDECEA",
  over: "#465363",
  overTint: "#EDF0F3",
};

const dark: Tokens = {
  layout: "#0E1319",
  container: "#161C24",
  elevated: "#1E2630",
  text: "#E6EBF1",
  secondary: "#B4BFCB",
  tertiary: "#94A1B0",
  placeholder: "#8593A2",
  border: "#677689",
  line: "#2A3440",
  primary: "#3D9BD1",
  primaryHover: "#5AB0E0",
  link: "#62B4EA",
  success: "#3FB073",
  warning: "#D9962E",
  error: "#E8665F",
  primaryInk: "#04121C",
  dangerInk: "#1F0504",
  good: "#6CCB95",
  goodTint: "#12291D",
  busy: "#7CC3F0",
  busyTint: "#12293A",
  care: "#E8B35A",
  careTint: "#2E2310",
  bad: "#F58F88",
  badTint: "#351918",
  over: "#B4BFCB",
  overTint: "#262F3A",
};

export const tokens: Readonly<Record<Look, Tokens>> = { light, dark };

/** Of charts: apart in all three colour blindnesses, 3:1 on every surface. Down is the first, up the second. */
export const series: Readonly<Record<Look, readonly string[]>> = {
  light: ["#0B6BA8", "#D0650A", "#2E9C84", "#4A1F6E", "#B07AE0"],
  dark: ["#56B4E9", "#E8853A", "#8CF0C8", "#8F66E1", "#F5D547"],
};
