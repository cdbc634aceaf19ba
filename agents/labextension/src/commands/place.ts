// Which folder a command is about: the one that it was given, what is chosen in the file browser, or what that shows.

import type { FileBrowser } from "@jupyterlab/filebrowser";
import type { ReadonlyPartialJSONObject } from "@lumino/coreutils";
import type { Summary } from "../socket";
import type { SharingState } from "../state";

/** What is given to a command. */
export type CommandArguments = ReadonlyPartialJSONObject;

/** Return the absolute path that a command is about; null if there is none. */
export function target(args: CommandArguments, browser: FileBrowser | null, state: SharingState): string | null {
  const { folder } = args;
  if (typeof folder === "string") {
    return folder;
  }
  if (browser === null) {
    return null;
  }
  // The breadcrumbs and the empty place below the files stand for the folder that is shown.
  const chosen = args["shown"] === true ? [] : [...browser.selectedItems()];
  return state.absolute(chosen.length === 1 && chosen[0] ? chosen[0].path : browser.model.path);
}

/** Return the checkout that a command is about; null if there is none. */
export function checkoutOf(args: CommandArguments, browser: FileBrowser | null, state: SharingState): Summary | null {
  const absolute = target(args, browser, state);
  return absolute === null ? null : (state.place(absolute)?.checkout ?? null);
}

/** Return the folder that can be shared: the target, if it is a folder in no checkout and around none. */
export function shareable(args: CommandArguments, browser: FileBrowser | null, state: SharingState): string | null {
  const folder = target(args, browser, state);
  if (folder === null || folder === state.hello?.root || state.place(folder) !== null) {
    return null;
  }
  const chosen =
    typeof args["folder"] === "string" || args["shown"] === true ? [] : [...(browser?.selectedItems() ?? [])];
  if (chosen.length > 1 || (chosen[0] && chosen[0].type !== "directory")) {
    return null;
  }
  return state.checkouts.some(one => one.folder.startsWith(`${folder}/`)) ? null : folder;
}
