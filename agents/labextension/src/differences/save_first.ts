// Saves what an open document holds before its conflict is settled, so that what is settled is what the person has.

import type { CellPair, FileDifference } from "../socket";
import type { IHubShare, IOpenDocuments } from "../tokens";
import type { Picks } from "./cells";
import type { Compared } from "./compared";

/** What is to be settled is not what the person has seen: nothing was picked, and both versions are to be shown anew. */
export class Unseen extends Error {}

/** Save the edits of an open document; return both versions of its file as they are then.
 *
 * Throws what kept it from being saved, or Unseen when a side is neither what was shown nor what was saved. */
export async function saveFirst(
  documents: IOpenDocuments,
  { server, trans }: Pick<IHubShare, "server" | "trans">,
  compared: Compared,
  shown: FileDifference,
): Promise<FileDifference> {
  const { folder, path } = compared;
  await documents.save(folder, path);
  const now = await server.call("difference", { ...compared });
  // In this order: what was compared is what was saved, if it still is on disk afterwards.
  if (!(await documents.isOnDisk(folder, path))) {
    throw new Unseen(trans.__("%1 was written by another program meanwhile: nothing was picked. Look again.", path));
  }
  if (now.old?.id !== shown.old?.id) {
    throw new Unseen(trans.__("%1 was published anew meanwhile: nothing was picked. Look again, then pick.", path));
  }
  return now;
}

/** Return the picks of cells that are as they were when they were picked, by their places now. */
export function carriedOver(before: readonly CellPair[], now: readonly CellPair[], picks: Picks): Picks {
  const places = placesOf(before);
  return Object.fromEntries(
    [...placesOf(now)].flatMap(([words, at]) => {
      const side = picks[String(places.get(words))];
      return at === null || side === undefined ? [] : [[String(at), side] as const];
    }),
  );
}

/** What is to be picked, by its words, and where that is; null for what is there more than once. Outputs are not picked. */
function placesOf(pairs: readonly CellPair[]): Map<string, number | null> {
  const found = new Map<string, number | null>();
  pairs.forEach(({ differs, old, new: next }, at) => {
    if (differs) {
      const words = JSON.stringify([old, next].map(cell => cell && [cell.kind, cell.source]));
      found.set(words, found.has(words) ? null : at);
    }
  });
  return found;
}
