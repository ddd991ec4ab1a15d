// Panorama: marks links while one types, and the edges of the link under the pointer. Everything works without it.
"use strict";
(() => {
  const picture = document.getElementById("picture");
  const box = document.getElementById("q");
  const said = document.getElementById("q-said");
  if (!picture) return;
  const nodes = [...picture.querySelectorAll(".chain-node")];

  function mark() {
    const words = box.value.toLowerCase().split(/\s+/).filter(Boolean);
    const found = new Set();
    for (const node of nodes) {
      const text = node.dataset.words.toLowerCase();
      const hit = words.length > 0 && words.every((word) => text.includes(word));
      node.toggleAttribute("data-hit", hit);
      if (hit) found.add(node.dataset.link);
    }
    picture.classList.toggle("has-hits", found.size > 0);
    said.textContent = words.length === 0 ? "" : found.size ? `找到 ${found.size} 个环节` : "没有这样的环节";
  }
  box.addEventListener("input", mark);

  function near(event, on) {
    const node = event.target instanceof Element ? event.target.closest(".chain-node") : null;
    if (!node) return;
    for (const edge of picture.querySelectorAll(`.chain-edge-${node.dataset.link}`)) edge.classList.toggle("is-near", on);
  }
  for (const [name, on] of [["mouseover", true], ["mouseout", false], ["focusin", true], ["focusout", false]]) {
    picture.addEventListener(name, (event) => near(event, on));
  }
})();
