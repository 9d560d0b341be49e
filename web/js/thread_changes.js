// Comments after what was pushed of them: the recipe of docs/mechanisms/push.md for threads of two levels. Values in, values out.

/** Return the comments of a thread after `said`: {comments, withdrawn}. `atEnd`: its last one is shown, so that new ones follow. */
export function commentsAfter(items, { comments, withdrawn }, atEnd) {
  const placed = comments.reduce((shown, comment) => (comment.parent_id ? withReply(shown, comment) : withComment(shown, comment, atEnd)), items);
  const away = new Set(withdrawn);
  const others = (list) => list.filter(({ author }) => !author || !away.has(author.account_id));
  return withdrawn.length ? others(placed).map((each) => ({ ...each, replies: others(each.replies) })) : placed;
}

/** Whether a reply was told of whose parent is not there: it was held before, and only reading shows in its place that it was deleted. */
export function lacksParent(items, { comments }) {
  const known = new Set([...items, ...comments].map((each) => each.comment_id));
  return comments.some((each) => each.parent_id && !each.deleted && !known.has(each.parent_id));
}

function withComment(items, comment, atEnd) {
  const known = items.find((each) => each.comment_id === comment.comment_id);
  if (comment.deleted && !known?.replies.length) return items.filter((each) => each !== known);
  if (known) return items.map((each) => (each === known ? { ...known, ...comment, replies: known.replies, replies_count: known.replies_count } : each));
  return atEnd ? [...items, { ...comment, replies: [], replies_count: 0 }] : items;
}

function withReply(items, reply) {
  return items.map((parent) => {
    if (parent.comment_id !== reply.parent_id) return parent;
    const known = parent.replies.find((each) => each.comment_id === reply.comment_id);
    const others = parent.replies.filter((each) => each !== known);
    if (reply.deleted) return { ...parent, replies: others, replies_count: parent.replies_count - Number(Boolean(known)) };
    if (known) return { ...parent, replies: parent.replies.map((each) => (each === known ? { ...known, ...reply } : each)) };
    const isLast = parent.replies.length === parent.replies_count;
    return { ...parent, replies: isLast ? [...parent.replies, reply] : parent.replies, replies_count: parent.replies_count + 1 };
  });
}
