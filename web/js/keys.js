// The keyboard: `/` to search, `b` to the slip, Escape closes what is open and leaves the search. Arrows are in roving.js.

/** Listen for keys, and for the search field. */
export function listen({ search, board, toBoard, slip, header }) {
  const q = search.querySelector("input");
  let before = null;

  const begin = () => {
    before = document.activeElement;
    header.toggleAttribute("data-searching", true);
    q.focus();
    q.select();
  };
  const leave = () => {
    q.value = "";
    board.find("");
    header.toggleAttribute("data-searching", false);
    if (before?.isConnected && before !== q) before.focus();
    else q.blur();
  };

  q.addEventListener("input", () => {
    toBoard();
    board.find(q.value);
  });
  q.addEventListener("blur", () => header.toggleAttribute("data-searching", q.value !== "" && header.hasAttribute("data-searching")));
  search.addEventListener("submit", (event) => {
    event.preventDefault();
    if (q.value.trim()) {
      toBoard();
      board.enter();
    }
  });
  document.getElementById("dock-search").addEventListener("click", (event) => {
    event.preventDefault();
    toBoard();
    begin();
  });
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const typing = event.target.matches?.("input, textarea, select");
    if (event.key === "Escape") {
      if (slip.sheet.isOpen) slip.sheet.close();
      else if (event.target === q || header.hasAttribute("data-searching") || q.value) leave();
    } else if (!typing && event.key === "/") {
      event.preventDefault();
      begin();
    } else if (!typing && event.key === "b") {
      event.preventDefault();
      slip.focus();
    }
  });
}
