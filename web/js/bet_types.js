// The types of bet, as the API lists them: how many legs each takes, what it is called, and how many of its legs are together in its lines.
//
// What was read is kept on this device, so that a page that opens without a connection knows them. They change with a release alone.

import { kept, keep } from "./storing.js";

const KEPT = "slipstream.bet_types";
const ASKED_AGAIN_MS = 2000;

let types = [];
take(kept(KEPT));

/** Know these types from now on: the `items` of the API's answer. */
export function take(items) {
  if (Array.isArray(items)) types = items.filter((each) => each && typeof each.type === "string" && Array.isArray(each.shapes));
}

/** Read the types, again and again until they were read; `changed` is called then. */
export async function readBetTypes(api, changed) {
  try {
    const { items } = await api.get("/v1/bet-types");
    take(items);
    keep(KEPT, items);
    changed();
  } catch {
    setTimeout(() => readBetTypes(api, changed), ASKED_AGAIN_MS);
  }
}

/** Return the types that take so many legs, the usual one first. */
export const typesOf = (legs) => types.filter((each) => shapeOf(each.type, legs)).map((each) => each.type);

/** Return the type of a bet on one pick alone; undefined while no types are known. */
export const singleType = () => typesOf(1)[0];

/** Return how a bet of a type on so many legs is made of lines: {folds, lines}, the sizes of its folds and how many lines they are; null where it is not known. */
export const linesOf = (type, legs) => shapeOf(type, legs) ?? severalSizes(type, legs);

/** Return what a bet of a type on so many legs is called: "Single", "Treble". */
export function nameOf(type, legs) {
  return shapeOf(type, legs)?.name ?? severalSizes(type, legs)?.name ?? String(type ?? "bet").replaceAll("_", " ").replace(/^./, (first) => first.toUpperCase());
}

const shapeOf = (type, legs) => types.find((each) => each.type === type)?.shapes.find((shape) => shape.legs === legs);

/** Return the shape of a round robin of several sizes, that the list has one by one: "roundrobin:2,3" is "Doubles, trebles". */
function severalSizes(type, legs) {
  const [family, list] = String(type).split(":");
  const shapes = (list ?? "").split(",").map((size) => shapeOf(`${family}:${size}`, legs));
  if (!list || shapes.some((shape) => !shape)) return null;
  const name = shapes.map((shape, index) => (index ? shape.name.toLowerCase() : shape.name)).join(", ");
  return { name, folds: shapes.flatMap((shape) => shape.folds), lines: shapes.reduce((sum, shape) => sum + shape.lines, 0) };
}
