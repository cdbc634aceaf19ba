// Sets formulas with KaTeX: elements of class `hs-math` hold them as they were written.

import "katex/dist/katex.css";
import katex from "katex";

const FENCES = [
  ["$$", "$$", true],
  ["\\[", "\\]", true],
  ["\\(", "\\)", false],
  ["$", "$", false],
];

function set(element) {
  const source = element.textContent.trim();
  const fence = FENCES.find(([start, end]) => source.startsWith(start) && source.endsWith(end) && source.length > 1);
  const inside = fence ? source.slice(fence[0].length, -fence[1].length) : source;
  const display = fence ? fence[2] : true;
  // `trust: false` leaves out links, images and classes of its own; what cannot be set stays as it was written.
  const options = { displayMode: display, throwOnError: true, trust: false, maxExpand: 1000, maxSize: 20, strict: false };
  try {
    const made = document.createElement(display ? "div" : "span");
    katex.render(inside, made, options);
    element.replaceChildren(made);
  } catch {
    element.classList.add("hs-math-unset");
  }
  element.classList.replace("hs-math", "hs-math-set");
}

function all(root) {
  root.querySelectorAll(".hs-math").forEach(set);
}

all(document);
document.addEventListener("htmx:load", (event) => all(event.target));
