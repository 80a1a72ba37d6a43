/** A code of an authenticator app or a recovery code: they look different. */
export function codeProof(typed: string) {
  const code = typed.replaceAll(" ", "");
  return /^\d{6}$/.test(code) ? ({ way: "totp", code } as const) : ({ way: "recovery", code } as const);
}
