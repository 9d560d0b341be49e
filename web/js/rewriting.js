// A comment of one's own, written anew in place while it may be.

import { button, el, fill, note, set } from "./dom.js";
import { wordsOf } from "./forms.js";

const EDIT_MS = 15 * 60 * 1000;

/** Whether a comment can still be edited, as far as this clock knows; the answer says for certain. */
export const isFresh = ({ posted_at }) => Date.now() - Date.parse(posted_at) < EDIT_MS;

/** The form of a comment's text. `done(changes)` is told what it says now, null where nothing was changed. */
export function rewriting(app, comment, done) {
  const input = el("textarea", { rows: 2, "aria-label": "Your comment" });
  input.value = comment.text ?? "";
  const save = el("button", { type: "submit", class: "btn" }, "Save edit");
  const told = el("div", {});
  const submit = async () => {
    const text = input.value.trim();
    if (!text || save.getAttribute("aria-disabled")) return input.focus();
    set(save, "aria-disabled", "true");
    try {
      const { text: kept, edited } = await app.api.patch(`/v1/comments/${comment.comment_id}`, { text });
      return done({ text: kept, edited });
    } catch (error) {
      const { title, detail } = wordsOf(error);
      fill(told, `${title} ${performance.now()}`, () => note("bad", "noc", title, detail, null, "alert"));
    }
    set(save, "aria-disabled", null);
  };
  return el("form", { class: "stack", onsubmit: (event) => (event.preventDefault(), submit()) }, el("div", { class: "say" }, input, save), button("Cancel", () => done(null), "plain tiny"), told);
}
