// Helps to read a file: links to headings from anywhere, ranges of lines, code that is copied by one press.

// As GitHub writes them too, with columns.
const RANGE = /^#L(\d{1,7})(?:C\d{1,7})?(?:-L?(\d{1,7})(?:C\d{1,7})?)?$/;
// More lines than this are not marked.
const MOST_LINES = 20_000;
let reached = "";

/** Goes to what the address names: a heading by its plain name, lines of a file; also when that came after the page. */
function reach() {
  const { hash } = window.location;
  const range = RANGE.exec(hash);
  document.querySelectorAll(".hs-chosen").forEach((row) => row.classList.remove("hs-chosen"));
  if (range) {
    const [from, to] = [Number(range[1]), Number(range[2] ?? range[1])].sort((one, other) => one - other);
    for (let line = from; line <= Math.min(to, from + MOST_LINES); line++) document.getElementById(`L${line}`)?.classList.add("hs-chosen");
  }
  if (hash.length < 2 || reached === hash) return;
  let name = hash.slice(1);
  try {
    name = decodeURIComponent(name);
  } catch {
    // It is no encoding.
  }
  name = asOnPages(name);
  const place = document.getElementById(range ? `L${range[1]}` : name) ?? document.getElementById(`user-${name.toLowerCase()}`);
  if (!place) goToPart(name);
  if (!place || !place.closest(".hs-shown")) return;
  reached = hash;
  place.closest("details:not([open])")?.setAttribute("open", "");
  place.scrollIntoView();
}

/** Returns what a name in an address is here: JupyterLab calls a cell `cell-id=…`, and a heading `heading=…`, with spaces or dashes. */
function asOnPages(name) {
  const [, kind, value] = /^(cell-id|heading)=([^]+)$/.exec(name) ?? [];
  if (!kind) return name;
  return kind === "heading" ? `user-${value.trim().replaceAll(" ", "-").toLowerCase()}` : `cell-id-${value}`;
}

/** Goes to the part of a notebook that has a cell or a heading which is not in the parts that are here. */
function goToPart(name) {
  const parts = document.querySelector(".hs-parts");
  if (!parts) return;
  const cell = /^cell-(\d{1,9})$/.exec(name);
  const heading = [...document.querySelectorAll('.hs-outline a[href*="?part="]')].find((one) =>
    ["#" + name, "#user-" + name.toLowerCase()].includes(decodeURIComponent(one.hash)) || asOnPages(`heading=${one.textContent}`) === name,
  );
  const id = /^cell-id-([\w-]{1,64})$/.exec(name);
  const part = cell && parts.dataset.firsts.split(" ").filter((first) => Number(first) <= Number(cell[1])).length;
  const query = id ? `cell=${id[1]}` : part && `part=${part}`;
  const address = heading?.href ?? (query && `${parts.dataset.address}?${query}#${name}`);
  // Where that is here already, there is no such cell.
  if (address && new URL(address, window.location.href).href !== window.location.href) window.location.replace(address);
}

// What a link leads to in another part may have come here meanwhile.
document.addEventListener("click", (event) => {
  const link = event.target.closest?.('.hs-parts a[href*="?part="], .hs-outline a[href*="?part="]');
  if (!link || !link.hash || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
  if (link.closest(".hs-cell-link") || !document.getElementById(decodeURIComponent(link.hash.slice(1)))) return;
  event.preventDefault();
  window.location.hash = link.hash;
});

// Shift and a press on another number choose all lines in between.
document.addEventListener("click", (event) => {
  const number = event.target.closest?.(".hs-lines .hs-number a");
  const first = /^#L(\d+)/.exec(window.location.hash);
  if (!number || !event.shiftKey || !first) return;
  event.preventDefault();
  const lines = [Number(first[1]), Number(number.hash.slice(2))].sort((one, other) => one - other);
  window.location.hash = `#L${lines[0]}-L${lines[1]}`;
});

// So many more parts of a notebook are loaded by one press.
const MOST_PARTS = 100;
let wanted = 0;

/** Loads the next part while more are wanted, and says how far that is. */
function loadParts() {
  const line = document.querySelector(".hs-all-parts");
  if (!line) return;
  const next = document.querySelector(".hs-part-next .hs-ahead");
  // A part that is being made brings the next one along once it is there.
  const going = wanted > 0 && Boolean(next || document.querySelector('.hs-parts [hx-trigger^="load"]'));
  line.hidden = !next && !going;
  line.querySelector("button").disabled = going;
  if (wanted) line.querySelector("[role=status]").textContent = `${document.querySelectorAll(".hs-parts .hs-cell").length} cells are loaded`;
  if (!going || !next || next.dataset.wanted) return;
  wanted -= 1;
  next.dataset.wanted = "yes";
  next.dispatchEvent(new Event("wanted"));
}

document.addEventListener("click", (event) => {
  if (!event.target.closest?.(".hs-all-parts button")) return;
  wanted = MOST_PARTS;
  loadParts();
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
  loadParts();
  reach();
});
offerCopies(document);
loadParts();
reach();

// --- a picture that is missing or damaged says so, and which one it is

const PICTURES = ":is(.hs-markdown, .hs-notebook) img, img.hs-picture";

/** Puts words in the place of a picture that cannot be shown. */
async function missing(image) {
  if (!image.isConnected || image.closest(".hs-diagram")) return;
  const words = document.createElement("span");
  words.className = "hs-missing";
  const address = image.getAttribute("src") ?? "";
  const name = address.startsWith("data:") ? "" : address.split("/").at(-1);
  const called = [image.alt, name && decodeURIComponent(name)].filter(Boolean).join(", ");
  words.textContent = `${called || "A picture"} ${address ? "cannot be shown" : "is missing"}`;
  words.ariaBusy = Boolean(name);
  image.replaceWith(words);
  if (!name) return;
  const { status, body } = await fetch(image.src);
  body?.cancel();
  if (status === 404) words.textContent = `${called} is missing`;
  words.ariaBusy = false;
}

function lost(root) {
  for (const image of root.querySelectorAll(PICTURES)) {
    if (!image.hasAttribute("src")) missing(image);
    else if (image.complete && !image.naturalWidth) image.decode().catch(() => missing(image));
  }
}

// Errors of pictures do not rise.
document.addEventListener("error", (event) => event.target.matches?.(PICTURES) && missing(event.target), true);
document.addEventListener("htmx:load", (event) => lost(event.target));
lost(document);
