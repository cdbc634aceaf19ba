// Which folder a command is about: the one that it was given, what is chosen in the file browser, or what that shows.

import { PathExt } from "@jupyterlab/coreutils";
import type { FileBrowser } from "@jupyterlab/filebrowser";
import type { Contents } from "@jupyterlab/services";
import type { ReadonlyPartialJSONObject } from "@lumino/coreutils";
import type { Summary } from "../socket";
import type { SharingState } from "../state";

/** What is given to a command. */
export type CommandArguments = ReadonlyPartialJSONObject;

/** What a folder can be chosen in. */
export interface Chooser {
  browser: FileBrowser | null;
  state: SharingState;
  /** Whether the context menu was opened on a file or folder, and not on the empty place below them. */
  onItem: () => boolean;
}

/** Return what is chosen in the file browser; nothing if a command is about the folder that is shown. */
function chosen(args: CommandArguments, { browser, onItem }: Chooser): Contents.IModel[] {
  const shown = args["shown"] === true || (args["menu"] === true && !onItem());
  return shown || browser === null ? [] : [...browser.selectedItems()];
}

/** Return the absolute path that a command is about; null if there is none. */
export function target(args: CommandArguments, chooser: Chooser): string | null {
  const { folder } = args;
  if (typeof folder === "string") {
    return folder;
  }
  const { browser, state } = chooser;
  if (browser === null) {
    return null;
  }
  const [first, second] = chosen(args, chooser);
  return state.absolute(first && !second ? first.path : browser.model.path);
}

/** Return the checkout that a command is about; null if there is none. */
export function checkoutOf(args: CommandArguments, chooser: Chooser): Summary | null {
  const absolute = target(args, chooser);
  return absolute === null ? null : (chooser.state.place(absolute)?.checkout ?? null);
}

/** Return the folder that can be shared: the target, if it is a folder in no checkout and around none. */
export function shareable(args: CommandArguments, chooser: Chooser): string | null {
  const { state } = chooser;
  const folder = target(args, chooser);
  if (folder === null || folder === state.hello?.root || state.place(folder) !== null) {
    return null;
  }
  const picked = typeof args["folder"] === "string" ? [] : chosen(args, chooser);
  if (picked.length > 1 || (picked[0] && picked[0].type !== "directory")) {
    return null;
  }
  return state.checkouts.some(one => one.folder.startsWith(`${folder}/`)) ? null : folder;
}

/** Return what lies at a path, or in whichever folder above it there is. */
export async function nearest(
  contents: Contents.IManager,
  path: string,
): Promise<{ model: Contents.IModel; missing: boolean }> {
  for (let at = path; ; at = PathExt.dirname(at)) {
    try {
      return { model: await contents.get(at, { content: false }), missing: at !== path };
    } catch (error) {
      if (at === "" || (error as { response?: { status?: number } }).response?.status !== 404) {
        throw error;
      }
    }
  }
}
