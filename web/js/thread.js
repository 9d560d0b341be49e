// Comments below a slip, in two levels: read when they are opened, posted, replied to and deleted in place.

import { button, el, fill, keyed, note, set, write } from "./dom.js";
import { Problem } from "./api.js";
import { failedNote } from "./bets.js";
import { wordsOf } from "./forms.js";
import { newKey } from "./holding.js";
import { agoOf } from "./names.js";
import { avatar, prose } from "./prose.js";
import { reporting } from "./reporting.js";
import { isFresh, rewriting } from "./rewriting.js";
import { commentsAfter, lacksParent } from "./thread_changes.js";

/** The comments of a slip. `changed(changes)` is told what else the slip says since: how many they are, or that it takes none. */
export class Thread {
  constructor(app, slip, changed) {
    this._app = app;
    this._slip = slip;
    this._changed = changed;
    this._items = null;
    this._next = null;
    this.list = el("ol", {});
    this.says = el("div", {});
    this.more = button("Show more comments", () => this._read(this._next), "tiny");
    this.say = new Say(app, slip.slip_id, null, `Your comment on the slip of ${slip.author.handle}`, (comment) => this._posted(comment));
    this.closed = el("p", { class: "small soft" }, "The author takes no comments on this slip.");
    this.shut = button("", () => this._shut(), "plain tiny");
    this.element = el("section", { class: "thread", "aria-label": `Comments on the slip of ${slip.author.handle}` }, this.says, this.list, this.more, this.say.element, this.closed, this.shut);
  }

  /** Show what is there, and read it anew. */
  open() {
    this.update(this._slip);
    this._read();
  }

  /** Take what was said or taken back since, or read it again; what is not read yet is read whole. */
  take(said) {
    if (said.again || (this._items && !this._next && lacksParent(this._items, said))) this._read();
    else if (this._items) this._items = commentsAfter(this._items, said, !this._next);
  }

  focus() {
    (this.say.element.hidden ? this.element.querySelector("a, button") : this.say.input)?.focus({ preventScroll: true });
  }

  update(slip) {
    this._slip = slip;
    const items = this._items ?? [];
    fill(this.says, JSON.stringify([this._items === null, items.length, this.error?.message]), () => this._saying(items));
    keyed(this.list, items, (comment) => comment.comment_id, (comment) => this._entry(comment, true), (node, comment) => this._patch(node, comment));
    set(this.list, "hidden", !items.length);
    set(this.more, "hidden", !this._next);
    set(this.say.element, "hidden", slip.replies_closed || !this._app.session.signedIn);
    set(this.closed, "hidden", !slip.replies_closed);
    set(this.shut, "hidden", slip.author.account_id !== this._app.session.accountId);
    write(this.shut, slip.replies_closed ? "Take comments again" : "Take no comments");
  }

  /** Take no comments on a slip of one's own any more, or take them again. */
  async _shut() {
    try {
      const { replies_closed } = await this._app.api.patch(`/v1/slips/${this._slip.slip_id}`, { replies_closed: !this._slip.replies_closed });
      this._changed({ replies_closed });
    } catch (error) {
      this.error = error;
      this._app.update();
    }
  }

  _count(by) {
    this._changed({ comments: Math.max(0, this._slip.comments + by) });
  }

  _saying(items) {
    if (this.error) return failedNote(this.error, () => this._read());
    if (!this._items) return el("p", { class: "small soft", role: "status" }, "Loading comments\u2026");
    return items.length ? [] : el("p", { class: "small soft" }, "No comments yet.");
  }

  async _read(cursor = null) {
    try {
      const found = await this._app.api.get(`/v1/slips/${this._slip.slip_id}/comments?limit=50${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ""}`);
      this.error = null;
      const before = cursor ? this._items : [];
      this._items = [...before, ...found.items.filter((comment) => !before.some((each) => each.comment_id === comment.comment_id))];
      this._next = found.next_cursor;
    } catch (error) {
      this.error = error;
    }
    this.update(this._slip);
  }

  async _readReplies(comment) {
    try {
      const found = await this._app.api.get(`/v1/slips/${this._slip.slip_id}/comments?limit=100&parent_id=${comment.comment_id}`);
      this._change(comment.comment_id, { replies: found.items, replies_count: found.next_cursor ? comment.replies_count : found.items.length });
    } catch (error) {
      this.error = error;
    }
    this.update(this._slip);
  }

  _change(commentId, changes) {
    this._items = this._items.map((each) => (each.comment_id === commentId ? { ...each, ...changes } : each));
  }

  /** Take a comment that was posted from here; it stands at the end of what is shown. */
  _posted(comment) {
    const shown = { replies: [], replies_count: 0, deleted: false, ...comment };
    const parent = (this._items ?? []).find((each) => each.comment_id === comment.parent_id);
    if (parent) this._change(parent.comment_id, { replies: [...parent.replies.filter((each) => each.comment_id !== comment.comment_id), shown], replies_count: parent.replies_count + 1 });
    else if (!comment.parent_id) this._items = [...(this._items ?? []).filter((each) => each.comment_id !== comment.comment_id), shown];
    this._count(1);
    this.update(this._slip);
  }

  _entry(comment, isFirst) {
    const node = el("li", {});
    [node.who, node.said, node.tools, node.told] = [el("p", { class: "who" }), el("p", { class: "said" }), el("div", { class: "tools" }), el("div", {})];
    node.body = el("div", {}, node.who, node.said, node.tools, node.told);
    node.mark = avatar(comment.author?.handle ?? "\u2013");
    node.append(node.mark, node.body);
    if (!isFirst) return node;
    node.replies = el("ol", {});
    node.rest = button("Show more replies", () => this._readReplies(node.comment), "plain tiny");
    node.body.append(node.replies, node.rest);
    return node;
  }

  _patch(node, comment) {
    node.comment = comment;
    const { session } = this._app;
    const ago = agoOf(comment.posted_at);
    fill(node.who, JSON.stringify([comment.author, ago, comment.edited]), () => this._byline(comment, ago));
    fill(node.said, JSON.stringify([comment.text, comment.deleted]), () => (comment.deleted ? el("i", { class: "soft" }, "This comment was deleted.") : prose(comment.text ?? "This text can no longer be read.")));
    fill(node.tools, JSON.stringify([session.accountId, comment.deleted, this._slip.replies_closed, isFresh(comment)]), () => this._tools(node, comment));
    if (!node.replies) return;
    keyed(node.replies, comment.replies, (reply) => reply.comment_id, (reply) => this._entry(reply, false), (each, reply) => this._patch(each, reply));
    set(node.replies, "hidden", !comment.replies.length);
    set(node.rest, "hidden", comment.replies_count <= comment.replies.length);
  }

  _byline({ author, posted_at, edited }, ago) {
    const by = author ? el("a", { href: `/profile/${author.handle}` }, author.handle) : el("span", { class: "soft" }, "Deleted");
    const isAuthor = author?.account_id === this._slip.author.account_id;
    return [by, isAuthor ? el("span", { class: "tag" }, "Author") : null, el("span", { class: "faint small" }, el("time", { datetime: posted_at }, ago), edited ? " \u00b7 edited" : "")];
  }

  _tools(node, comment) {
    const { session } = this._app;
    if (comment.deleted || !session.signedIn) return [];
    const mine = comment.author?.account_id === session.accountId;
    const press = (text, does, name) => el("button", { type: "button", "aria-label": name, onclick: does }, text);
    return [
      node.replies && !this._slip.replies_closed ? press("Reply", () => this._reply(node), `Reply to ${comment.author?.handle}`) : null,
      mine && isFresh(comment) ? press("Edit", () => this._rewrite(node), `Edit your comment: ${comment.text}`) : null,
      mine ? null : press("Report", () => this._report(node), `Report the comment of ${comment.author?.handle}`),
      mine || this._slip.author.account_id === session.accountId ? press("Delete", () => this._delete(node), `Delete the comment of ${comment.author?.handle}`) : null,
    ];
  }

  _reply(node) {
    if (!node.reply) {
      const { comment } = node;
      node.reply = new Say(this._app, this._slip.slip_id, comment.comment_id, `Your reply to ${comment.author?.handle}`, (reply) => {
        node.reply.element.remove();
        node.reply = null;
        this._posted(reply);
        node.tools.querySelector("button")?.focus({ preventScroll: true });
      });
      node.body.append(node.reply.element);
    }
    node.reply.input.focus();
  }

  _report(node) {
    const { comment_id, author } = node.comment;
    const tell = (said) => {
      node.told.replaceChildren(...(said ? [said] : []));
      if (!said) node.tools.querySelector("button")?.focus({ preventScroll: true });
    };
    tell(reporting(this._app, { comment_id }, `the comment of ${author?.handle}`, tell));
  }

  _rewrite(node) {
    if (node.rewriting) return node.rewriting.querySelector("textarea").focus();
    node.rewriting = rewriting(this._app, node.comment, (changes) => {
      node.rewriting.remove();
      node.rewriting = null;
      if (changes) this._rewritten(node.comment, changes);
      node.tools.querySelector("button")?.focus({ preventScroll: true });
    });
    node.tools.after(node.rewriting);
    node.rewriting.querySelector("textarea").focus();
  }

  _rewritten({ comment_id, parent_id }, changes) {
    const parent = parent_id && this._items.find((each) => each.comment_id === parent_id);
    if (parent) this._change(parent_id, { replies: parent.replies.map((each) => (each.comment_id === comment_id ? { ...each, ...changes } : each)) });
    else this._change(comment_id, changes);
    this.update(this._slip);
  }

  async _delete(node) {
    const { comment } = node;
    try {
      await this._app.api.remove(`/v1/comments/${comment.comment_id}`);
      this._gone(comment);
      this._count(-1);
      this.update(this._slip);
      this.focus();
    } catch (error) {
      const { title, detail } = wordsOf(error);
      fill(node.told, `${title} ${performance.now()}`, () => note("bad", "noc", title, detail, null, "alert"));
    }
  }

  _gone({ comment_id, parent_id }) {
    const parent = this._items.find((each) => each.comment_id === parent_id);
    if (parent) return this._change(parent_id, { replies: parent.replies.filter((each) => each.comment_id !== comment_id), replies_count: parent.replies_count - 1 });
    const found = this._items.find((each) => each.comment_id === comment_id);
    if (found?.replies.length) this._change(comment_id, { deleted: true, text: null, author: null });
    else this._items = this._items.filter((each) => each.comment_id !== comment_id);
  }
}

/** A field to say something in. The same text keeps the same key until it is answered, so that it is posted once. */
class Say {
  constructor(app, slipId, parentId, label, posted) {
    this._app = app;
    this._path = `/v1/slips/${slipId}/comments`;
    this._parentId = parentId;
    this._posted = posted;
    this.input = el("textarea", { rows: 1, "aria-label": label, placeholder: parentId ? "Reply" : "Say something about this slip" });
    this.send = el("button", { type: "submit", class: "btn" }, "Send");
    this.told = el("div", {});
    this.element = el("form", { class: "stack", onsubmit: (event) => (event.preventDefault(), this._submit()) }, el("div", { class: "say" }, this.input, this.send), this.told);
  }

  async _submit() {
    const text = this.input.value.trim();
    if (this._asking) return;
    if (!text) return this.input.focus();
    const body = JSON.stringify({ text, ...(this._parentId ? { parent_id: this._parentId } : {}) });
    if (this._sent?.body !== body) this._sent = { body, key: newKey() };
    this._busy(true);
    try {
      const comment = await this._app.api.post(this._path, body, { "idempotency-key": this._sent.key });
      this._sent = null;
      this.input.value = "";
      fill(this.told, comment.comment_id, () => (comment.held_rule ? note("", "void", "Only you see this comment for now.", "A moderator looks at it first.") : []));
      this._posted(comment);
    } catch (error) {
      if (error instanceof Problem && error.status < 500) this._sent = null;
      const { title, detail } = wordsOf(error);
      fill(this.told, `${title} ${performance.now()}`, () => note("bad", "noc", title, detail || "Your words are kept; send them again.", null, "alert"));
    }
    this._busy(false);
  }

  _busy(busy) {
    this._asking = busy;
    set(this.send, "aria-disabled", busy ? "true" : null);
    set(this.input, "readonly", busy);
    write(this.send, busy ? "Sending\u2026" : "Send");
  }
}
