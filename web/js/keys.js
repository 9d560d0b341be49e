// The keyboard: `/` to search, `b` to the slip, Escape closes what is open and leaves the search. Arrows are in roving.js.

/** Listen for keys, and for the search field; `shown()` is the view of now, and the answer's `show(text)` writes the text of another one into the field. */
export function listen({ search, views, shown, go, slip, header }) {
  const { board } = views;
  const q = search.querySelector("input");
  let before = null;

  const begin = () => {
    before = document.activeElement;
    header.toggleAttribute("data-searching", true);
    q.focus();
    q.select();
  };
  const leave = () => {
    q.value = shown() === views.search ? views.search.typed : "";
    board.find("");
    header.toggleAttribute("data-searching", q.value !== "");
    if (before?.isConnected && before !== q) before.focus();
    else q.blur();
  };

  q.addEventListener("input", () => {
    if (shown() === board) board.find(q.value);
    if (shown() === views.search) views.search.type(q.value);
  });
  q.addEventListener("blur", () => header.toggleAttribute("data-searching", q.value !== "" && header.hasAttribute("data-searching")));
  search.addEventListener("submit", (event) => {
    event.preventDefault();
    const text = q.value.trim();
    if (!text || (shown() === board && board.enter())) return;
    if (shown() !== views.search || text !== views.search.typed) go(`/search?${new URLSearchParams({ q: text })}`);
    else document.getElementById("main").focus({ preventScroll: true });
  });
  document.getElementById("dock-search").addEventListener("click", (event) => {
    event.preventDefault();
    if (shown() !== views.search) go("/search");
    begin();
  });
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const typing = event.target.matches?.("input, textarea, select");
    if (event.key === "Escape") {
      if (slip.sheet.isOpen) slip.sheet.close();
      else if (event.target === q || (shown() === board && q.value)) leave();
    } else if (!typing && event.key === "/") {
      event.preventDefault();
      begin();
    } else if (!typing && event.key === "b") {
      event.preventDefault();
      slip.focus();
    }
  });

  const show = (text) => {
    q.value = text;
    header.toggleAttribute("data-searching", text !== "");
  };
  return { show };
}
