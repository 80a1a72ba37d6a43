// @ts-check

const everyMs = 5_000;

/**
 * Runs `work` at once and every 5 s while the page is looked at, never twice at a time. A page that comes back into sight is
 * brought up to date at once.
 * @param {() => Promise<void>} work
 */
export function keepFresh(work) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  let isRunning = false;
  const run = async () => {
    clearTimeout(timer);
    if (isRunning || document.visibilityState !== "visible") return;
    isRunning = true;
    await work().finally(() => {
      isRunning = false;
    });
    timer = setTimeout(run, everyMs);
  };
  document.addEventListener("visibilitychange", run);
  void run();
}
