// Helps to read a file: links to headings from anywhere, ranges of lines, code that is copied by one press.

const RANGE = /^#L(\d{1,7})-L?(\d{1,7})$/;
// More lines than this are not marked.
const MOST_LINES = 20_000;
let reached = "";

/** Goes to what the address names: a heading by its plain name, lines of a file; also when that came after the page. */
function reach() {
  const { hash } = window.location;
  const range = RANGE.exec(hash);
  document.querySelectorAll(".hs-chosen").forEach((row) => row.classList.remove("hs-chosen"));
  if (range) {
    const [from, to] = [Number(range[1]), Number(range[2])].sort((one, other) => one - other);
    for (let line = from; line <= Math.min(to, from + MOST_LINES); line++) document.getElementById(`L${line}`)?.classList.add("hs-chosen");
  }
  if (hash.length < 2 || reached === hash) return;
  let name = hash.slice(1);
  try {
    name = decodeURIComponent(name);
  } catch {
    // It is no encoding.
  }
  const place = document.getElementById(range ? `L${range[1]}` : name) ?? document.getElementById(`user-${name.toLowerCase()}`);
  if (!place || !place.closest(".hs-shown")) return;
  reached = hash;
  place.closest("details:not([open])")?.setAttribute("open", "");
  place.scrollIntoView();
}

// Shift and a press on another number choose all lines in between.
document.addEventListener("click", (event) => {
  const number = event.target.closest?.(".hs-lines .hs-number a");
  const first = /^#L(\d+)/.exec(window.location.hash);
  if (!number || !event.shiftKey || !first) return;
  event.preventDefault();
  const lines = [Number(first[1]), Number(number.hash.slice(2))].sort((one, other) => one - other);
  window.location.hash = `#L${lines[0]}-L${lines[1]}`;
});

function offerCopies(root) {
  for (const block of root.querySelectorAll(".hs-shown pre.hs-code:not(.hs-with-copy)")) {
    const button = document.createElement("button");
    Object.assign(button, { type: "button", className: "btn btn-sm btn-outline-secondary hs-copy", textContent: "Copy" });
    button.setAttribute("aria-label", "Copy this code");
    button.dataset.copy = block.textContent;
    block.classList.add("hs-with-copy");
    block.append(button);
  }
}

window.addEventListener("hashchange", () => {
  reached = "";
  reach();
});
document.addEventListener("htmx:load", (event) => {
  offerCopies(event.target);
  reach();
});
offerCopies(document);
reach();
