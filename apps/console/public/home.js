// @ts-check
/** @import { Account } from "../types.ts" */
import { get } from "./api.js";
import { customerPage } from "./customer/page.js";
import { showPage } from "./frame.js";
import { t } from "./language.js";
import { skeleton } from "./panel.js";
import { problemBox } from "./problem.js";
import { keepFresh } from "./refresh.js";
import { Source } from "./source.js";
import { staffPage } from "./staff/page.js";

/**
 * A page of somebody who is signed in. `refresh` loads what it needs, `show` puts it on screen.
 * @typedef {{ sources: () => readonly Source<any>[], refresh: (changed: () => void) => Promise<void>, show: () => void }} Home
 */

/** Staff see the installation, everybody else what they have. */
export function showHome() {
  /** @type {Source<Account>} */
  const me = new Source(() => get("/me"), { everyMs: 60_000 });
  /** @type {Home | undefined} */
  let home;
  const show = () => (home && me.data ? home.show() : showWaiting(me, show));
  show();
  keepFresh(async () => {
    await me.loadIfDue();
    if (me.data)
      home ??= me.data.role === "super_admin" || me.data.role === "admin" ? staffPage(me.data) : customerPage(me.data);
    if (home && !isSignedOut([me])) await home.refresh(show);
    if (isSignedOut([me, ...(home?.sources() ?? [])])) return location.replace("/sign-in");
    show();
  });
}

/** @param {readonly Source<any>[]} sources */
function isSignedOut(sources) {
  return sources.some(({ problem }) => problem?.status === 401);
}

/**
 * @param {Source<Account>} me
 * @param {() => void} again
 */
function showWaiting(me, again) {
  const problem = me.problem && me.problem.status !== 401 && problemBox(me.problem);
  showPage({ title: t.loading, sources: [me], again, content: [problem || skeleton()] });
}
