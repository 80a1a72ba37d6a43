// @ts-check

/** @typedef {Node | string | number | null | undefined | false} Child */
/** @typedef {Record<string, unknown>} Props */

const svgNamespace = "http://www.w3.org/2000/svg";

/**
 * An element. Of its props `on…` are handlers, kept as properties so that a patch can hand them over; `true` and `false`
 * set and leave out an attribute; the rest are attributes. A `key` makes a patch recognise it among its siblings.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Props | null} [props]
 * @param {...(Child | readonly Child[])} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function el(tag, props, ...children) {
  const element = document.createElement(tag);
  setProps(element, props ?? {});
  element.append(...toNodes(children));
  return element;
}

/**
 * @param {string} tag
 * @param {Props | null} [props]
 * @param {...(Child | readonly Child[])} children
 * @returns {SVGElement}
 */
export function svg(tag, props, ...children) {
  const element = /** @type {SVGElement} */ (document.createElementNS(svgNamespace, tag));
  setProps(element, props ?? {});
  element.append(...toNodes(children));
  return element;
}

/**
 * @param {Element} element
 * @param {Props} props
 */
function setProps(element, props) {
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) Object.assign(element, { [name]: value });
    else if (name === "key") element.setAttribute("data-key", String(value));
    else element.setAttribute(name, value === true ? "" : String(value));
  }
}

/**
 * @param {readonly (Child | readonly Child[])[]} children
 * @returns {(Node | string)[]}
 */
function toNodes(children) {
  return /** @type {Child[]} */ (children.flat()).flatMap((child) => {
    if (child === null || child === undefined || child === false) return [];
    return [child instanceof Node ? child : String(child)];
  });
}
