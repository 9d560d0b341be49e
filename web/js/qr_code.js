// A QR code as an SVG path: version 6 (41 x 41 modules), error correction L, byte mode, which holds any text of at most 134 bytes. By ISO/IEC 18004.

import { svg } from "./dom.js";

const SIZE = 41;
const QUIET = 4;
const BLOCKS = 2;
const DATA_PER_BLOCK = 68;
const CHECKS_PER_BLOCK = 18;
const ALIGNMENT = 34;
const FINDERS = [[0, 0], [0, SIZE - 7], [SIZE - 7, 0]];
/** Level L with mask 0, protected and masked as the standard's table of formats lists it. */
const FORMAT = 0b111011111000100;

export const BYTES_MAX = BLOCKS * DATA_PER_BLOCK - 2;

/** Return a picture of the text for a camera, dark on light in every theme; null where the text is longer than BYTES_MAX. */
export function qrCode(text, label) {
  const bytes = new TextEncoder().encode(text);
  if (bytes.length > BYTES_MAX) return null;
  const grid = draw(interleaved(codewords(bytes)));
  const dark = grid.flatMap((row, y) => row.map((isDark, x) => (isDark ? `M${x + QUIET} ${y + QUIET}h1v1h-1z` : "")));
  const side = SIZE + 2 * QUIET;
  return svg("svg", { class: "qr", viewBox: `0 0 ${side} ${side}`, role: "img", "aria-label": label, "shape-rendering": "crispEdges" }, svg("path", { class: "light", d: `M0 0h${side}v${side}h-${side}z` }), svg("path", { class: "dark", d: dark.join("") }));
}

/** Mode (4 bits), length (8 bits), the bytes, an end of 4 zero bits; filled up with the two bytes that the standard names. */
function codewords(bytes) {
  const nibbles = [4, bytes.length >> 4, bytes.length & 15, ...[...bytes].flatMap((byte) => [byte >> 4, byte & 15]), 0];
  const words = [];
  for (let at = 0; at < nibbles.length; at += 2) words.push((nibbles[at] << 4) | nibbles[at + 1]);
  for (let pad = 0; words.length < BLOCKS * DATA_PER_BLOCK; pad++) words.push(pad % 2 ? 0x11 : 0xec);
  return words;
}

/** The blocks' data codeword by codeword in turn, then their checks in the same way. */
function interleaved(words) {
  const data = Array.from({ length: BLOCKS }, (_, block) => words.slice(block * DATA_PER_BLOCK, (block + 1) * DATA_PER_BLOCK));
  const checks = data.map(checksOf);
  const inTurn = (blocks) => blocks[0].flatMap((_, at) => blocks.map((block) => block[at]));
  return [...inTurn(data), ...inTurn(checks)];
}

/** Product in the field of 256 elements of the polynomial 0x11d. */
function times(one, other) {
  let product = 0;
  for (let bit = 7; bit >= 0; bit--) product = (product << 1) ^ ((product >> 7) * 0x11d) ^ (((other >> bit) & 1) * one);
  return product;
}

/** The Reed-Solomon checks of a block: the remainder of its division by the generator polynomial. */
function checksOf(block) {
  let generator = [1];
  for (let power = 0, root = 1; power < CHECKS_PER_BLOCK; power++, root = times(root, 2))
    generator = [...generator, 0].map((factor, at) => factor ^ (at ? times(generator[at - 1], root) : 0));
  const rest = new Array(CHECKS_PER_BLOCK).fill(0);
  for (const word of block) {
    const factor = word ^ rest.shift();
    rest.push(0);
    rest.forEach((_, at) => (rest[at] ^= times(generator[at + 1], factor)));
  }
  return rest;
}

/** The patterns that cameras find, and the codewords in columns of two, up and down from the right, masked like a chess board. */
function draw(words) {
  const grid = Array.from({ length: SIZE }, () => new Array(SIZE).fill(null));
  const put = (x, y, isDark) => x >= 0 && y >= 0 && x < SIZE && y < SIZE && (grid[y][x] = isDark);
  for (let at = 0; at < SIZE; at++) {
    put(at, 6, at % 2 === 0);
    put(6, at, at % 2 === 0);
  }
  const rings = (left, top, from, to, light) => {
    for (let dy = from; dy <= to; dy++)
      for (let dx = from; dx <= to; dx++) put(left + dx, top + dy, !light.includes(Math.max(Math.abs(dx), Math.abs(dy))));
  };
  for (const [top, left] of FINDERS) rings(left + 3, top + 3, -4, 4, [2, 4]);
  rings(ALIGNMENT, ALIGNMENT, -2, 2, [1]);
  formats(put);
  let bit = 0;
  for (let right = SIZE - 1, isUp = true; right > 0; right -= 2, isUp = !isUp) {
    if (right === 6) right = 5;
    for (let step = 0; step < SIZE; step++) {
      const y = isUp ? SIZE - 1 - step : step;
      for (const x of [right, right - 1]) {
        if (grid[y][x] !== null) continue;
        const value = (words[bit >> 3] >> (7 - (bit & 7))) & 1;
        grid[y][x] = Boolean(value) !== ((x + y) % 2 === 0);
        bit++;
      }
    }
  }
  return grid;
}

/** The format twice: around the first finder, and beside the two others. */
function formats(put) {
  for (let at = 0; at < 15; at++) {
    const isDark = Boolean((FORMAT >> at) & 1);
    put(8, at < 6 ? at : at < 8 ? at + 1 : SIZE - 15 + at, isDark);
    put(at < 8 ? SIZE - 1 - at : at < 9 ? 7 : 14 - at, 8, isDark);
  }
  put(8, SIZE - 8, true);
}
