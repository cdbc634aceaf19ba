// Sets formulas: elements of class `hs-math` hold them as they were written. KaTeX sets them, and MathJax what KaTeX cannot.

import "katex/dist/katex.css";
import katex from "katex";
import { withUnits } from "./units.js";

const FENCES = [
  ["$$", "$$", true],
  ["\\[", "\\]", true],
  ["\\(", "\\)", false],
  ["$", "$", false],
];
const DEFINES = /\\(?:(?:re|provide)?newcommand|(?:re)?newenvironment|[gex]?def|let|DeclareMathOperator)(?![A-Za-z])/;
const REFERS = /\\(?:eq)?ref\s*\{/;
const NUMBERED = /^\s*\\begin\{(?:equation|align|alignat|flalign|gather|multline|eqnarray)\}/;
// What one formula defines holds in all that follow. Of a link only its words are shown, and what `\require` fetches is here.
const macros = { "\\href": "#2", "\\url": "\\texttt{#1}", "\\mbox": "\\text{#1}" };
macros["\\require"] = (context) => {
  context.consumeArgs(1);
  return "";
};
// `trust: false` leaves out images and classes of its own; the rest bounds what one formula can take.
const OPTIONS = { throwOnError: true, trust: false, strict: false, maxExpand: 1000, maxSize: 20 };
// So long, in milliseconds, formulas are set before the page may answer again.
const SLICE = 30;

const { nonce, dataset } = document.currentScript;
// What MathJax has to know, in the order of the page: formulas that it is to set, and what others define.
let left = [];
// One of them counts the equations of a page: KaTeX, until one of them refers to another or is left for MathJax.
let counted = [];
let mathjaxCounts = false;
let running = Promise.resolve();
let mathjax = null;

/** Returns a formula without what is around it, and whether it stands on a line of its own. */
function read(element) {
  const source = element.textContent.trim();
  const fence = FENCES.find(([start, end]) => source.startsWith(start) && source.endsWith(end) && source.length >= start.length + end.length);
  if (fence) return [source.slice(fence[0].length, -fence[1].length), fence[2]];
  return [source, !REFERS.test(source.slice(0, 7))];
}

/** Sets a formula by KaTeX; what it cannot set is left for MathJax. Returns what is to be done on the page. */
function set(element) {
  const [written, display] = read(element);
  const source = withUnits(written, (name) => Object.hasOwn(macros, `\\${name}`) || written.includes(`newcommand{\\${name}}`));
  const formula = { element, source, display, wanted: true };
  let act;
  const waits = mathjaxCounts && (REFERS.test(source) || NUMBERED.test(source));
  if (!waits) {
    const made = document.createElement("span");
    try {
      katex.render(renewed(source), made, { ...OPTIONS, displayMode: display, globalGroup: true, colorIsTextColor: true, macros });
      formula.wanted = false;
      if (made.querySelector(".eqn-num")) counted.push(formula);
      act = () => show(formula, made, made.querySelector(".katex-html")?.textContent.trim());
    } catch {
      // MathJax is to try.
      mathjaxCounts ||= NUMBERED.test(source);
    }
  }
  if (formula.wanted || DEFINES.test(source)) left.push(formula);
  return act;
}

/** What is defined once more is no fault: cells are read one by one. */
function renewed(source) {
  return source.replace(/\\newcommand(?=\*?\s*\{?\s*(\\[A-Za-z]+))/g, (all, name) => (Object.hasOwn(macros, name) ? "\\renewcommand" : all));
}

function load() {
  mathjax ??= new Promise((loaded, failed) => {
    const script = document.createElement("script");
    Object.assign(script, { nonce, src: dataset.mathjax, onload: loaded, onerror: () => failed(new Error("MathJax could not be loaded")) });
    document.head.append(script);
  });
  return mathjax;
}

/** Sets what is left by MathJax; what that cannot set either stays as it was written, with the reason. */
async function setRest() {
  if (mathjaxCounts && counted.length) recount();
  if (!left.some((formula) => formula.wanted)) return;
  const all = left.splice(0);
  try {
    await load();
  } catch (error) {
    for (const { element } of all.filter((formula) => formula.wanted)) leave(element, error.message);
    return;
  }
  // Equations have their numbers, in order, before they are referred to.
  const referring = all.filter(({ source }) => REFERS.test(source) && !NUMBERED.test(source));
  await inSlices([...all.filter((formula) => !referring.includes(formula)), ...referring], (formula) => {
    try {
      const made = globalThis.hubshareSetByMathJax(formula.source, formula.display);
      return () => formula.wanted && show(formula, made, made.querySelector("svg path, svg rect, svg text"));
    } catch (error) {
      return () => formula.wanted && leave(formula.element, error.message);
    }
  });
}

/** Has MathJax set what KaTeX has numbered so far, so that all numbers are of one count. */
function recount() {
  counted.forEach((formula) => (formula.wanted = true));
  left = [...new Set([...counted, ...left])].filter(({ element }) => element.isConnected);
  const isBefore = (one, other) => one.element.compareDocumentPosition(other.element) & Node.DOCUMENT_POSITION_FOLLOWING;
  left.sort((one, other) => (isBefore(one, other) ? -1 : 1));
  counted = [];
}

/** Puts a formula in its place; one that only defines something takes none. */
function show({ element, source, display }, made, seen) {
  element.replaceChildren(made);
  element.classList.replace("hs-math", "hs-math-set");
  element.classList.toggle("hs-math-display", display);
  element.hidden = DEFINES.test(source) && !seen;
}

function leave(element, reason) {
  const why = document.createElement("small");
  why.className = "hs-math-reason";
  why.textContent = ` (${reason})`;
  element.append(why);
  element.classList.add("hs-math-unset");
  element.classList.replace("hs-math", "hs-math-set");
}

/** Works through a list while the page answers. What it makes is put in place ever more rarely: each time a long page is laid out anew. */
async function inSlices(list, work) {
  const began = performance.now();
  let [until, due, acts] = [began + SLICE, SLICE, []];
  for (const one of list) {
    const now = performance.now();
    if (now - began > due) {
      acts.splice(0).forEach((act) => act?.());
      due = 2 * (performance.now() - began);
    }
    if (now > until) {
      await new Promise((next) => setTimeout(next));
      until = performance.now() + SLICE;
    }
    acts.push(work(one));
  }
  acts.forEach((act) => act?.());
}

function all(root) {
  running = running.then(async () => {
    const formulas = [...root.querySelectorAll(".hs-math")];
    mathjaxCounts ||= formulas.some((one) => REFERS.test(one.textContent));
    await inSlices(formulas, set);
    await setRest();
  });
}

all(document);
document.addEventListener("htmx:load", (event) => all(event.target));
