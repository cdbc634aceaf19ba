// Sets formulas that KaTeX cannot: MathJax with all that Jupyter's has, loaded by `mathematics.js` where a page needs it.

import { browserAdaptor } from "@mathjax/src/mjs/adaptors/browserAdaptor.js";
import { RegisterHTMLHandler } from "@mathjax/src/mjs/handlers/html.js";
import { TeX } from "@mathjax/src/mjs/input/tex.js";
import "@mathjax/src/mjs/input/tex/ams/AmsConfiguration.js";
import "@mathjax/src/mjs/input/tex/base/BaseConfiguration.js";
import "@mathjax/src/mjs/input/tex/bbox/BboxConfiguration.js";
import "@mathjax/src/mjs/input/tex/boldsymbol/BoldsymbolConfiguration.js";
import "@mathjax/src/mjs/input/tex/braket/BraketConfiguration.js";
import "@mathjax/src/mjs/input/tex/cancel/CancelConfiguration.js";
import "@mathjax/src/mjs/input/tex/cases/CasesConfiguration.js";
import "@mathjax/src/mjs/input/tex/colorv2/ColorV2Configuration.js";
import "@mathjax/src/mjs/input/tex/configmacros/ConfigMacrosConfiguration.js";
import "@mathjax/src/mjs/input/tex/enclose/EncloseConfiguration.js";
import "@mathjax/src/mjs/input/tex/extpfeil/ExtpfeilConfiguration.js";
import "@mathjax/src/mjs/input/tex/gensymb/GensymbConfiguration.js";
import "@mathjax/src/mjs/input/tex/mathtools/MathtoolsConfiguration.js";
import "@mathjax/src/mjs/input/tex/mhchem/MhchemConfiguration.js";
import "@mathjax/src/mjs/input/tex/newcommand/NewcommandConfiguration.js";
import "@mathjax/src/mjs/input/tex/physics/PhysicsConfiguration.js";
import "@mathjax/src/mjs/input/tex/textcomp/TextcompConfiguration.js";
import "@mathjax/src/mjs/input/tex/textmacros/TextMacrosConfiguration.js";
import "@mathjax/src/mjs/input/tex/unicode/UnicodeConfiguration.js";
import "@mathjax/src/mjs/input/tex/upgreek/UpgreekConfiguration.js";
import "@mathjax/src/mjs/input/tex/verb/VerbConfiguration.js";
import { mathjax } from "@mathjax/src/mjs/mathjax.js";
import { SVG } from "@mathjax/src/mjs/output/svg.js";
import { SafeHandler } from "@mathjax/src/mjs/ui/safe/SafeHandler.js";

// What `\require` would fetch is here already, and links lead nowhere.
const macros = { require: ["", 1], href: ["#2", 2], url: ["\\texttt{#1}", 1] };
Object.assign(macros, { class: ["#2", 2], cssId: ["#2", 2], style: ["#2", 2] });
// Of packages of LaTeX that MathJax does not have.
Object.assign(macros, { bm: ["\\boldsymbol{#1}", 1], mathds: ["\\mathbb{#1}", 1], slashed: ["\\not{#1}", 1], vspace: ["", 1] });
Object.assign(macros, { nicefrac: ["{}^{#1}\\!/_{#2}", 2], sfrac: ["{}^{#1}\\!/_{#2}", 2] });
Object.assign(macros, { argmin: "\\operatorname*{arg\\,min}", argmax: "\\operatorname*{arg\\,max}" });
Object.assign(macros, { mathbbm: ["\\mathbb{#1}", 1], hdots: "\\ldots", ensuremath: ["#1", 1], xspace: "" });
const packages = ["base", "ams", "bbox", "boldsymbol", "braket", "cancel", "cases", "colorv2", "configmacros", "enclose", "extpfeil"];
packages.push("gensymb", "mathtools", "mhchem", "newcommand", "textcomp", "textmacros", "unicode", "upgreek", "verb");

SafeHandler(RegisterHTMLHandler(browserAdaptor()));
const jax = {
  packages,
  macros,
  tags: "ams",
  ignoreDuplicateLabels: true,
  maxMacros: 1000,
  maxBuffer: 10_000,
  formatError: (_, error) => {
    throw error;
  },
};
const drawn = { fontCache: "none", linebreaks: { inline: false } };
const svg = new SVG(drawn);
// Nothing that a formula says has an id, a class, or a style of the page; equations are named for those that refer to them.
const safe = { allow: { URLs: "safe", classes: "none", cssIDs: "safe", styles: "safe" }, idPattern: /^mjx-eqn:/ };
safe.safeProtocols = { http: false, https: false, file: false, javascript: false, data: false };
const page = mathjax.document(document, { InputJax: new TeX(jax), OutputJax: svg, safeOptions: safe });
// The package physics gives other meanings to commands of LaTeX: only what cannot be set without it is set with it.
const physics = new TeX({ ...jax, packages: [...packages, "physics"], tags: "none" });
const withPhysics = mathjax.document(document, { InputJax: physics, OutputJax: new SVG(drawn), safeOptions: safe });
const DEFINES = /\\(?:(?:re|provide)?newcommand|(?:re)?newenvironment|[gex]?def|let|DeclareMathOperator)(?![A-Za-z])/;

const em = Number.parseFloat(getComputedStyle(document.body).fontSize) || 16;
let styled = false;

/** Returns a formula as an element; throws an error that says why it cannot be set. */
globalThis.hubshareSetByMathJax = (source, display) => {
  const place = { display, em, ex: em / 2, containerWidth: 50 * em };
  let made;
  try {
    made = page.convert(source, place);
    if (DEFINES.test(source)) withPhysics.convert(source, place);
  } catch (error) {
    if (!error.message.startsWith("Undefined control sequence")) throw error;
    made = withPhysics.convert(source, place);
  }
  if (!styled) {
    // A style element is what the page's policy refuses.
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(svg.styleSheet(page).textContent);
    // Fonts that are written into styles are refused as well, and formulas are drawn without.
    for (let at = sheet.cssRules.length - 1; at >= 0; at--) {
      if (sheet.cssRules[at] instanceof CSSFontFaceRule) sheet.deleteRule(at);
    }
    document.adoptedStyleSheets.push(sheet);
    styled = true;
  }
  made.querySelector("svg")?.setAttribute("aria-label", source);
  return made;
};
