// One tab stop for many prices: arrows move it, Home and End go to a row's ends, Page Up and Page Down to the next group.

/** Make `root` one tab stop. Rows match `row`, what can be reached in them `item`, groups of rows `group`. */
export function roving(root, { row, item, group }) {
  let column = 1;
  const rows = () => [...root.querySelectorAll(row)].map(itemsOf).filter((items) => items.length);
  const itemsOf = (each) => [...each.querySelectorAll(item)].filter((one) => one.offsetParent !== null && (one.matches("a, button")));

  function focus(target) {
    const before = root.querySelector('[tabindex="0"]');
    if (before && before !== target) before.tabIndex = -1;
    target.tabIndex = 0;
    target.focus();
  }

  root.addEventListener("keydown", (event) => {
    const at = event.target.closest?.(item);
    if (!at || event.ctrlKey || event.metaKey || event.altKey) return;
    const target = targetOf(event.key, at);
    if (!target) return;
    event.preventDefault();
    focus(target);
  });
  root.addEventListener("focusin", (event) => {
    const at = event.target.closest?.(item);
    if (!at || at.tabIndex === 0) return;
    const before = root.querySelector('[tabindex="0"]');
    if (before) before.tabIndex = -1;
    at.tabIndex = 0;
  });

  function targetOf(key, at) {
    const all = rows();
    const y = all.findIndex((items) => items.includes(at));
    if (y < 0) return null;
    const x = all[y].indexOf(at);
    const within = (items, index) => items[Math.min(Math.max(index, 0), items.length - 1)];
    if (key === "ArrowLeft" || key === "ArrowRight") {
      column = Math.min(Math.max(x + (key === "ArrowRight" ? 1 : -1), 0), all[y].length - 1);
      return all[y][column];
    }
    if (key === "ArrowUp" || key === "ArrowDown") {
      if (x !== Math.min(column, all[y].length - 1)) column = x;
      return within(within(all, y + (key === "ArrowDown" ? 1 : -1)), column);
    }
    if (key === "Home") return all[y][0];
    if (key === "End") return all[y].at(-1);
    if (group && (key === "PageUp" || key === "PageDown")) return inGroup(at, key === "PageDown" ? 1 : -1, all);
    return null;
  }

  function inGroup(at, step, all) {
    const groups = [...root.querySelectorAll(group)].filter((each) => each.querySelector(row));
    const next = groups[groups.indexOf(at.closest(group)) + step];
    const items = next && itemsOf(next.querySelector(row));
    return items?.length ? items[Math.min(column, items.length - 1)] : step > 0 ? all.at(-1)[0] : all[0][0];
  }

  return {
    /** See that there is one tab stop that can be seen, after things came and went. The focus itself is never moved. */
    settle() {
      const stop = root.querySelector('[tabindex="0"]');
      if (stop && stop.offsetParent !== null) return;
      if (stop) stop.tabIndex = -1;
      const first = rows()[0];
      const target = first?.find((each) => each.matches("button")) ?? first?.[0];
      if (target) target.tabIndex = 0;
    },
  };
}
