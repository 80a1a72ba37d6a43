import { type Look, tokens } from "../theme/tokens.ts";

const size = 8;

/** Diagonal lines, which nobody takes for a value. */
export function hatchOf(look: Look): HTMLCanvasElement {
  const canvas = document.createElement("canvas");
  canvas.width = size;
  canvas.height = size;
  const pen = canvas.getContext("2d");
  if (!pen) return canvas;
  pen.strokeStyle = tokens[look].line;
  pen.lineWidth = 1.5;
  // Three strokes, so that the pattern meets itself at its edges.
  for (const shift of [-size, 0, size]) {
    pen.moveTo(shift - 1, size + 1);
    pen.lineTo(shift + size + 1, -1);
  }
  pen.stroke();
  return canvas;
}
