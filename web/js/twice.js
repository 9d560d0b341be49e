// A press that cannot be taken back asks first: the first one says so, a second one within 4 s does it.

import { button, set, write } from "./dom.js";

const ASKING_MS = 4000;

/** Return a button that does `does()` when it is pressed twice; `name` is what it does, "delete draft ABC", for a screen reader. */
export function twice(text, name, does, look = "tiny") {
  let timer = null;
  const says = (words, label) => {
    write(press, words);
    set(press, "aria-label", label);
  };
  const rest = () => {
    clearTimeout(timer);
    timer = null;
    says(text, name.replace(/^./, (first) => first.toUpperCase()));
  };
  const press = button(text, () => {
    if (timer) return rest(), does();
    says("Press again", `Press again to ${name}`);
    timer = setTimeout(rest, ASKING_MS);
  }, look);
  rest();
  return press;
}
