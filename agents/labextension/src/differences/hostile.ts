// Shows what others have written: nothing in it runs, and nothing is fetched for it.

import type { IRenderMime, IRenderMimeRegistry } from "@jupyterlab/rendermime";

/** Attributes that make a browser fetch something. */
const FETCHING = ["src", "srcset", "poster", "background", "data", "ping", "xlink:href"];
/** Of these only what an image is in itself stays. */
const INSIDE = /^data:image\/(png|jpeg|gif|webp|svg\+xml)[;,]/i;

/** JupyterLab's sanitizer, and after it nothing is left that a browser fetches by itself: that would tell somebody who looks. */
export class OfflineSanitizer implements IRenderMime.ISanitizer {
  constructor(private readonly inner: IRenderMime.ISanitizer) {}

  sanitize(dirty: string, options?: IRenderMime.ISanitizerOptions): string {
    // A document that is parsed so loads nothing and runs nothing.
    const parsed = new DOMParser().parseFromString(this.inner.sanitize(dirty, options), "text/html");
    for (const element of parsed.body.querySelectorAll("*")) {
      for (const name of FETCHING) {
        const value = element.getAttribute(name);
        if (value !== null && !(element.tagName === "IMG" && INSIDE.test(value.trim()))) {
          element.removeAttribute(name);
        }
      }
      if (/url\s*\(|\\|@import|image-set/i.test(element.getAttribute("style") ?? "")) {
        element.removeAttribute("style");
      }
      if (["STYLE", "LINK", "IFRAME", "OBJECT", "EMBED", "FORM", "SCRIPT", "BASE", "META"].includes(element.tagName)) {
        element.remove();
      }
    }
    return parsed.body.innerHTML;
  }
}

/** Return a registry that renders what others have written. */
export function forOthers(rendermime: IRenderMimeRegistry): IRenderMimeRegistry {
  return rendermime.clone({ sanitizer: new OfflineSanitizer(rendermime.sanitizer) });
}

/** One thing to be shown. */
export type Shown =
  { how: "text"; text: string } | { how: "image"; address: string } | { how: "rendered"; mime: string; text: string };

/** So many characters of one output are shown, and so many of an image. */
const TEXT_MOST = 100_000;
const IMAGE_MOST = 4_000_000;
const IMAGES = ["image/png", "image/jpeg", "image/gif", "image/webp"];
// eslint-disable-next-line no-control-regex -- colours of terminals
const COLOURS = /\u001b\[[0-9;]*m/g;

/** Return how an output of a cell is shown: the best of its forms that is safe; renderers of other extensions are not asked. */
export function shownOutput(output: Readonly<Record<string, unknown>>): Shown {
  const type = output["output_type"];
  if (type === "stream") {
    return plain(joined(output["text"]));
  }
  if (type === "error") {
    const trace = Array.isArray(output["traceback"]) ? output["traceback"].map(joined).join("\n") : "";
    return plain(trace || `${joined(output["ename"])}: ${joined(output["evalue"])}`);
  }
  const data = (typeof output["data"] === "object" && output["data"] !== null ? output["data"] : {}) as Record<
    string,
    unknown
  >;
  for (const mime of IMAGES) {
    if (mime in data) {
      const base64 = joined(data[mime]).replace(/\s+/g, "");
      if (/^[A-Za-z0-9+/]+=*$/.test(base64) && base64.length <= IMAGE_MOST) {
        return { how: "image", address: `data:${mime};base64,${base64}` };
      }
    }
  }
  if ("image/svg+xml" in data) {
    // As an image nothing in it runs.
    const text = joined(data["image/svg+xml"]);
    if (text.length <= IMAGE_MOST) {
      return { how: "image", address: `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}` };
    }
  }
  for (const mime of ["text/html", "text/markdown", "text/latex"]) {
    if (mime in data && joined(data[mime]).length <= TEXT_MOST) {
      return { how: "rendered", mime, text: joined(data[mime]) };
    }
  }
  return plain("text/plain" in data ? joined(data["text/plain"]) : Object.keys(data).join(", "));
}

function plain(text: string): Shown {
  const short = text.length > TEXT_MOST ? `${text.slice(0, TEXT_MOST)}…` : text;
  return { how: "text", text: short.replace(COLOURS, "") };
}

function joined(text: unknown): string {
  return Array.isArray(text) ? text.map(joined).join("") : typeof text === "string" ? text : "";
}
