// What pages do beyond showing: everything can be read without it.

import htmx from "htmx.org";
import { Idiomorph } from "idiomorph";

import "./reading.js";
import "./swipe.js";

htmx.config.includeIndicatorStyles = false; // they would be an inline style
htmx.config.allowEval = false;
htmx.config.allowScriptTags = false;
htmx.config.selfRequestsOnly = true;
htmx.config.historyEnabled = false;
htmx.config.defaultSwapStyle = "outerHTML";

// A part of a page that changed is put into what is there, so that the focus and what is selected stay.
htmx.defineExtension("morph", {
  isInlineSwap: (style) => style === "morph",
  handleSwap: (style, target, fragment) => style === "morph" && Idiomorph.morph(target, fragment.children, { morphStyle: "outerHTML" }),
});

// --- live: elements with `data-events` hear of what happens, and say so as `news` events to what is inside them

const listeners = new Map();
for (const element of document.querySelectorAll("[data-events]")) {
  const address = element.dataset.events;
  listeners.set(address, [...(listeners.get(address) ?? []), teller(element)]);
}
for (const [address, tell] of listeners) listen(address, () => tell.forEach((one) => one()));

/** Returns what has an element say `news`: what happens within a moment, or within `data-least` seconds, is one change. */
function teller(element) {
  const least = Number(element.dataset.least ?? 0) * 1000;
  let waiting = 0;
  let last = Date.now();
  return () => {
    if (waiting) return;
    const due = Math.max(150, last + least - Date.now());
    waiting = window.setTimeout(() => {
      waiting = 0;
      last = Date.now();
      element.dispatchEvent(new CustomEvent("news"));
    }, due);
  };
}

/** Says when something happens; while the stream is refused, as where somebody has too many, every so often instead. */
function listen(address, changed) {
  const AGAIN_MS = 15_000;
  let source = null;
  let again = 0;
  const open = () => {
    window.clearTimeout(again);
    if (source) return;
    source = new EventSource(address);
    source.onmessage = changed;
    source.onerror = () => {
      if (source?.readyState !== EventSource.CLOSED) return;
      source = null;
      again = window.setTimeout(() => {
        changed();
        open();
      }, AGAIN_MS);
    };
  };
  const close = () => {
    window.clearTimeout(again);
    source?.close();
    source = null;
  };
  // A browser holds few connections to one Hub: pages that nobody looks at give theirs up.
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) return close();
    open();
    changed();
  });
  window.addEventListener("pagehide", close);
  if (!document.hidden) open();
}

document.addEventListener("htmx:afterSwap", (event) => {
  const said = event.detail.elt?.dataset?.said;
  if (said) say(said);
});

function say(text) {
  const region = document.getElementById("announcements");
  if (region) region.textContent = text;
}

// --- an answer that is an error is shown, not swallowed

document.addEventListener("htmx:beforeSwap", (event) => {
  const status = event.detail.xhr.status;
  // What was here when the page was loaded and may not be seen any more, or is gone, does not stay on the screen.
  const gone = [403, 404].includes(status) && event.detail.requestConfig.triggeringEvent?.type === "news";
  if (status === 401 || gone) window.location.reload();
});
document.addEventListener("htmx:responseError", () => say("This part of the page could not be brought up to date."));

// --- small things

document.addEventListener("click", async (event) => {
  const button = event.target.closest?.("[data-copy]");
  if (!button) return;
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
    say("Copied.");
    button.classList.add("hs-copied");
    window.setTimeout(() => button.classList.remove("hs-copied"), 1500);
  } catch {
    const field = document.getElementById(button.dataset.from ?? "");
    if (field) window.getSelection()?.selectAllChildren(field);
  }
});

// Forms that ask first.
document.addEventListener("submit", (event) => {
  const question = event.submitter?.dataset.confirm ?? event.target.dataset.confirm;
  if (question && !window.confirm(question)) event.preventDefault();
});

// A text that was typed and not saved yet is not left by mistake.
let sent = false;
document.addEventListener("submit", (event) => {
  sent = !event.defaultPrevented;
});
window.addEventListener("pageshow", () => {
  sent = false;
});
window.addEventListener("beforeunload", (event) => {
  const changed = (form) =>
    form.dataset.unsaved === "yes" || [...form.elements].some((field) => field.type !== "hidden" && "defaultValue" in field && field.value !== field.defaultValue);
  if (!sent && [...document.querySelectorAll("form[data-unsaved]")].some(changed)) event.preventDefault();
});

// A text whose sign-in had ended: who has signed in again, as the same person, saves it with one press.
document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (form.id !== "kept" || event.defaultPrevented || !form.dataset.fresh) return;
  event.preventDefault();
  try {
    const answer = await fetch(form.dataset.fresh, { headers: { Accept: "text/html" }, redirect: "error" });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const token = page.querySelector("input[name=csrf]")?.value;
    if (token && page.getElementById("signed-in-user")?.title === form.elements.author?.value) form.elements.csrf.value = token;
  } catch {
    // Nobody is signed in: the answer says so, and keeps the text.
  }
  sent = true;
  form.submit();
});

// Times in the reader's own zone.
function localTimes(root) {
  for (const element of root.querySelectorAll("time[datetime]")) {
    const time = new Date(element.getAttribute("datetime"));
    if (!Number.isNaN(time.getTime())) element.title = time.toLocaleString();
  }
}

// The `/` key goes to the search field, as in many tools.
document.addEventListener("keydown", (event) => {
  const typing = event.target.closest?.("input, textarea, select, [contenteditable]");
  if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
  const field = document.getElementById("search-field");
  if (!field) return;
  event.preventDefault();
  field.focus();
});

localTimes(document);
document.addEventListener("htmx:load", (event) => localTimes(event.target));
document.documentElement.classList.add("hs-scripts");

// The permanent link of a file leads to the line or cell that is chosen.
function pin() {
  const link = document.getElementById("permalink");
  if (link) link.hash = window.location.hash;
}
window.addEventListener("hashchange", pin);
pin();
