// @ts-check

/**
 * Makes what is shown equal to what was just built, and leaves everything alone that is equal already: focus, selection,
 * scroll and what people type stay. Handlers are handed over, since the fresh ones know the fresh data.
 *
 * `data-busy` (something runs in it) and `data-keep` (it looks after itself) are left as they are.
 * @param {Element} shown
 * @param {Element} fresh of the same tag
 */
export function morph(shown, fresh) {
  const kept = /** @type {HTMLElement} */ (shown).dataset;
  if (kept.busy !== undefined || kept.keep !== undefined) return;
  morphAttributes(shown, fresh);
  morphChildren(shown, fresh);
}

const handlers = /** @type {const} */ (["onclick", "onsubmit", "onchange", "oninput"]);
/** What people set themselves by opening and closing. */
const theirs = new Set(["open"]);

/**
 * @param {Element} shown
 * @param {Element} fresh
 */
function morphAttributes(shown, fresh) {
  for (const { name } of [...shown.attributes]) {
    if (!fresh.hasAttribute(name) && !theirs.has(name)) shown.removeAttribute(name);
  }
  for (const { name, value } of fresh.attributes) {
    if (shown.getAttribute(name) !== value && !theirs.has(name)) shown.setAttribute(name, value);
  }
  if (!(shown instanceof HTMLElement) || !(fresh instanceof HTMLElement)) return;
  for (const handler of handlers) shown[handler] = /** @type {any} */ (fresh[handler]);
}

/**
 * @param {Element} shown
 * @param {Element} fresh
 */
function morphChildren(shown, fresh) {
  const wanted = [...fresh.childNodes];
  dropKeysNotIn(shown, new Set(wanted.map(keyOf)));
  const keyed = new Map([...shown.childNodes].map((node) => [keyOf(node), node]));
  /** @type {ChildNode | null} */
  let cursor = shown.firstChild;
  for (const next of wanted) {
    const key = keyOf(next);
    const match = key === undefined ? findAhead(cursor, next) : keyed.get(key);
    if (!match || match.nodeName !== next.nodeName) {
      shown.insertBefore(next, cursor);
      continue;
    }
    if (key === undefined) removeUntil(cursor, match);
    else if (match !== cursor) shown.insertBefore(match, cursor);
    cursor = match.nextSibling;
    morphNode(match, next);
  }
  removeUntil(cursor, null);
}

/**
 * @param {ChildNode} shown
 * @param {ChildNode} fresh
 */
function morphNode(shown, fresh) {
  if (shown instanceof Element && fresh instanceof Element) morph(shown, fresh);
  else if (shown.nodeValue !== fresh.nodeValue) shown.nodeValue = fresh.nodeValue;
}

/**
 * The next sibling of the same kind without a key; no further than the next key.
 * @param {ChildNode | null} from
 * @param {ChildNode} like
 */
function findAhead(from, like) {
  for (let node = from; node && keyOf(node) === undefined; node = node.nextSibling) {
    if (node.nodeName === like.nodeName) return node;
  }
  return undefined;
}

/**
 * @param {ChildNode | null} from
 * @param {ChildNode | null} to is not removed
 */
function removeUntil(from, to) {
  for (let node = from; node && node !== to; ) {
    const next = node.nextSibling;
    node.remove();
    node = next;
  }
}

/**
 * @param {Element} shown
 * @param {Set<string | undefined>} keys
 */
function dropKeysNotIn(shown, keys) {
  for (const node of [...shown.childNodes]) {
    const key = keyOf(node);
    if (key !== undefined && !keys.has(key)) node.remove();
  }
}

/** @param {ChildNode} node */
function keyOf(node) {
  return node instanceof Element ? (node.getAttribute("data-key") ?? undefined) : undefined;
}
