// Draws the marks into the file browser, whatever draws the rest of it.

import type { DirListing } from "@jupyterlab/filebrowser";
import type { Contents } from "@jupyterlab/services";
import type { TranslationBundle } from "@jupyterlab/translation";
import { MessageLoop } from "@lumino/messaging";
import type { Mark } from "../socket";
import type { Marks } from "./marks";

const SIGNS: Record<Mark["mark"], string> = {
  edited: "●",
  new: "+",
  incoming: "↓",
  conflict: "!",
  ignored: "○",
  held: "‖",
};

/** Return what each mark is called. */
export function markNames(trans: TranslationBundle): Record<Mark["mark"], string> {
  return {
    edited: trans.__("Edited"),
    new: trans.__("New"),
    incoming: trans.__("New at the Hub"),
    conflict: trans.__("Conflict"),
    ignored: trans.__("Not shared"),
    held: trans.__("Held back"),
  };
}

/** Have a listing show marks. */
export function decorate(listing: DirListing, marks: Marks, trans: TranslationBundle): void {
  const names = markNames(trans);
  listing.addClass("hs-Marked");
  const { renderer } = listing;
  const drawn = new Map<string, WeakRef<HTMLElement>>();
  const shows = new WeakMap<HTMLElement, string>();
  // Another extension may have brought its own renderer, so what is there is wrapped and not replaced.
  const update = renderer.updateItemNode.bind(renderer);
  renderer.updateItemNode = (node: HTMLElement, model: Contents.IModel, ...rest): void => {
    update(node, model, ...rest);
    if (shows.get(node) !== model.path) {
      shows.set(node, model.path);
      drawn.set(model.path, new WeakRef(node));
    }
    draw(node, marks.of(model.path), names);
  };
  // One by one: JupyterLab would draw all files of a folder anew.
  marks.changed.connect((_, paths) => {
    for (const path of paths) {
      const node = drawn.get(path)?.deref();
      if (node && shows.get(node) === path) {
        draw(node, marks.of(path), names);
      }
    }
    for (const [path, node] of drawn) {
      if (node.deref() === undefined) {
        drawn.delete(path);
      }
    }
  });
  // A listing that is drawn while it is hidden finds that it has no width.
  MessageLoop.installMessageHook(listing, (_, message) => {
    if (message.type === "after-show") {
      listing.update();
    }
    return true;
  });
  if (listing.isVisible) {
    listing.update();
  }
}

/** Draw a mark at an item of the listing; null for none. */
export function draw(node: HTMLElement, mark: Mark | null, names: Record<Mark["mark"], string>): void {
  const there = node.querySelector<HTMLElement>(":scope .hs-Mark");
  if (mark === null) {
    there?.remove();
    delete node.dataset["hubshareMark"];
    return;
  }
  const words = mark.why ? `${names[mark.mark]}: ${mark.why}` : names[mark.mark];
  if (there?.title === words && node.dataset["hubshareMark"] === mark.mark) {
    return;
  }
  const sign = there ?? document.createElement("span");
  sign.className = "hs-Mark";
  sign.textContent = SIGNS[mark.mark];
  sign.title = words;
  sign.setAttribute("role", "img");
  sign.setAttribute("aria-label", words);
  node.dataset["hubshareMark"] = mark.mark;
  if (there === null) {
    node.querySelector(".jp-DirListing-itemText")?.insertAdjacentElement("afterend", sign);
  }
}
