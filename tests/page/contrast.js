() => {
  // Returns every text whose contrast is below 4.5 and every control whose border is below 3, as they are painted at this moment.
  const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  const rgba = (text) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = text;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const over = ([r, g, b, a], below) => [r, g, b].map((each, i) => each * a + below[i] * (1 - a));
  const light = (rgb) => {
    const [r, g, b] = rgb.map((v) => ((v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ratio = (one, other) => {
    const [a, b] = [light(one), light(other)].sort((x, y) => y - x);
    return (a + 0.05) / (b + 0.05);
  };
  const behind = (node) => {
    const chain = [];
    for (let at = node; at; at = at.parentElement) chain.unshift(rgba(getComputedStyle(at).backgroundColor));
    return chain.reduce((below, each) => over(each, below), [255, 255, 255]);
  };
  const seen = (node) => node.checkVisibility({ visibilityProperty: true }) && node.getBoundingClientRect().width > 1 && !node.closest(".vh, .skip, svg");
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let text = walker.nextNode(); text; text = walker.nextNode()) {
    const node = text.parentElement;
    const colour = rgba(getComputedStyle(node).color);
    if (!text.textContent.trim() || !seen(node) || colour[3] === 0) continue;
    const at = ratio(over(colour, behind(node)), behind(node));
    if (at < 4.5) found.push(`${at.toFixed(2)} ${text.textContent.trim()} ${node.className}`);
  }
  for (const node of document.querySelectorAll(".market:not([data-state]), .btn:not(.plain), .amount, select, .search")) {
    if (!seen(node)) continue;
    const outside = behind(node.parentElement);
    const at = Math.max(ratio(over(rgba(getComputedStyle(node).borderTopColor), outside), outside), ratio(behind(node), outside));
    if (at < 3) found.push(`${at.toFixed(2)} border of ${node.className}`);
  }
  return found;
}
