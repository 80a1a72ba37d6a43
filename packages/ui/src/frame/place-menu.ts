const gap = 4;
const margin = 8;

/** Under its button, or over it where there is more room; never past an edge of the window. */
export function placeMenu(menu: HTMLElement, button: DOMRect): void {
  const { offsetWidth: width, offsetHeight: height } = menu;
  const below = button.bottom + gap;
  const isUnder = below + height <= innerHeight - margin || button.top < innerHeight / 2;
  const top = isUnder ? below : Math.max(margin, button.top - gap - height);
  const isLeft = button.left + width <= innerWidth - margin;
  const left = isLeft ? button.left : Math.max(margin, button.right - width);
  menu.style.top = `${top}px`;
  menu.style.left = `${left}px`;
  menu.style.maxHeight = `${innerHeight - top - margin}px`;
}
