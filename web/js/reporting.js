// Report a slip, a comment or an account to the moderators: a reason of a list, told once. What others reported is never shown.

import { button, el, note } from "./dom.js";
import { AskingForm, choice } from "./forms.js";

/** What something is reported for, and the rules that moderators decide by. */
export const REASONS = {
  ...{ spam: "Spam", abuse: "Insults or threats", hate: "Hate", scam: "A scam", underage: "Somebody under age" },
  ...{ self_harm: "Self-harm", impersonation: "Pretends to be somebody else", other: "Something else" },
};

/** Return a form that reports `item` ({slip_id}, {comment_id} or {account_id}), called `named`; `tell(node)` shows it, what was done, or nothing. */
export function reporting(app, item, named, tell) {
  const done = (said) => {
    tell(said);
    if (document.activeElement === document.body) document.getElementById("main").focus({ preventScroll: true });
  };
  const form = new AskingForm({
    press: "Send report",
    fields: [choice(`Why do you report ${named}?`, "reason", REASONS, {})],
    more: button("Cancel", () => done(null), "plain"),
    ask: async ({ reason }) => {
      await app.api.post("/v1/reports", { ...item, reason });
      done(note("good", "okc", "Reported", "Moderators look at it. The author is not told who reported it."));
      return null;
    },
  });
  const element = el("section", { class: "asked", "aria-label": `Report ${named}` }, form.element);
  queueMicrotask(() => element.querySelector("select").focus({ preventScroll: true }));
  return element;
}
