/** What the console says in one language: a walk looks for its words instead of repeating them. */
export async function wordsIn(language: "en" | "zh-CN") {
  const [account, nav, plans, serials, services] = await Promise.all([
    import(`../../../apps/console/src/i18n/${language}/account.ts`),
    import(`../../../apps/console/src/i18n/${language}/nav.ts`),
    import(`../../../apps/console/src/i18n/${language}/plans.ts`),
    import(`../../../apps/console/src/i18n/${language}/serials.ts`),
    import(`../../../apps/console/src/i18n/${language}/services.ts`),
  ]);
  return {
    account: account.default as typeof import("../../../apps/console/src/i18n/zh-CN/account.ts").default,
    nav: nav.default as typeof import("../../../apps/console/src/i18n/zh-CN/nav.ts").default,
    plans: plans.default as typeof import("../../../apps/console/src/i18n/zh-CN/plans.ts").default,
    serials: serials.default as typeof import("../../../apps/console/src/i18n/zh-CN/serials.ts").default,
    services: services.default as typeof import("../../../apps/console/src/i18n/zh-CN/services.ts").default,
    derp: (await import(`../../../offerings/derp/console/words/${language}.ts`))
      .default as typeof import("../../../offerings/derp/console/words/zh-CN.ts").default,
    ui: (await import(`../../../packages/ui/src/words/${language}.ts`))
      .default as typeof import("../../../packages/ui/src/words/zh-CN.ts").default,
  };
}

export type Tongue = Awaited<ReturnType<typeof wordsIn>>;
