// Draws diagrams by Mermaid, which stands before this, in a frame of an origin of nobody; `diagrams.js` asks for them.

const { mermaid } = globalThis;
const page = window.parent;

window.addEventListener("message", async ({ source: from, data }) => {
  if (from !== page || typeof data?.source !== "string") return;
  const { about, source, dark } = data;
  try {
    mermaid.initialize({ startOnLoad: false, securityLevel: "strict", htmlLabels: false, theme: dark ? "dark" : "default" });
    const { svg } = await mermaid.render(`drawn-${Number(about)}`, source);
    page.postMessage({ about, svg: sized(svg) }, "*");
  } catch (error) {
    page.postMessage({ about, reason: String(error?.message ?? error) }, "*");
  }
  document.body.replaceChildren();
});
page.postMessage({ about: "ready" }, "*");

/** Returns a drawing as a file of its own, with a size of its own. */
function sized(svg) {
  const holder = document.createElement("div");
  holder.innerHTML = svg;
  const drawing = holder.querySelector("svg");
  const { width, height } = drawing.viewBox.baseVal;
  drawing.setAttribute("width", Math.ceil(width));
  drawing.setAttribute("height", Math.ceil(height));
  drawing.style.removeProperty("max-width");
  return new XMLSerializer().serializeToString(drawing);
}
