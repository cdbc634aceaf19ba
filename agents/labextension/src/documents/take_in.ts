// Brings what is on disk into an open document in place: what is the same stays as it is, with its cursor, its scroll position and
// whatever runs in it.

import type { ISharedCell, ISharedCodeCell, ISharedNotebook } from "@jupyter/ydoc";
import type * as nbformat from "@jupyterlab/nbformat";
import { JSONExt, type ReadonlyPartialJSONValue } from "@lumino/coreutils";

/** Replaces part of a text. */
interface Editable {
  getSource(): string;
  updateSource(start: number, end: number, value?: string): void;
}

/** Cells are not lined up beyond so many in both versions together, but by their places. */
const ALIGNED_MOST = 4000;

/** Return the smallest part of a text that has to be replaced: from, to, and by what. */
export function replacement(now: string, next: string): [number, number, string] {
  let start = 0;
  while (start < now.length && start < next.length && now[start] === next[start]) {
    start++;
  }
  let end = 0;
  const most = Math.min(now.length, next.length) - start;
  while (end < most && now[now.length - 1 - end] === next[next.length - 1 - end]) {
    end++;
  }
  return [start, now.length - end, next.slice(start, next.length - end)];
}

/** Bring a text to what it is to be. */
export function takeInText(text: Editable, next: string): void {
  const now = text.getSource();
  if (now !== next) {
    text.updateSource(...replacement(now, next));
  }
}

/** Return the pairs of places that belong together, in order; one of a pair is -1 where there is no other. */
export function align(old: readonly string[], next: readonly string[]): [number, number][] {
  let start = 0;
  while (start < old.length && start < next.length && old[start] === next[start]) {
    start++;
  }
  let end = 0;
  const most = Math.min(old.length, next.length) - start;
  while (end < most && old[old.length - 1 - end] === next[next.length - 1 - end]) {
    end++;
  }
  const found: [number, number][] = [];
  for (let at = 0; at < start; at++) {
    found.push([at, at]);
  }
  found.push(...middle(old, next, start, old.length - end, next.length - end));
  for (let at = end; at > 0; at--) {
    found.push([old.length - at, next.length - at]);
  }
  return found;
}

function middle(
  old: readonly string[],
  next: readonly string[],
  from: number,
  oldEnd: number,
  nextEnd: number,
): [number, number][] {
  const height = oldEnd - from;
  const width = nextEnd - from;
  const found: [number, number][] = [];
  let [i, j] = [0, 0];
  if (height + width <= ALIGNED_MOST) {
    // Lengths of what both have in common from each pair of places on.
    const common = Array.from({ length: height + 1 }, () => new Uint16Array(width + 1));
    const at = (row: number, column: number): number => common[row]?.[column] ?? 0;
    for (let row = height - 1; row >= 0; row--) {
      for (let column = width - 1; column >= 0; column--) {
        const same = old[from + row] === next[from + column];
        (common[row] as Uint16Array)[column] = same
          ? at(row + 1, column + 1) + 1
          : Math.max(at(row + 1, column), at(row, column + 1));
      }
    }
    while (i < height && j < width) {
      if (old[from + i] === next[from + j]) {
        found.push([from + i++, from + j++]);
      } else if (at(i + 1, j) >= at(i, j + 1)) {
        found.push([from + i++, -1]);
      } else {
        found.push([-1, from + j++]);
      }
    }
  }
  for (; i < height; i++) {
    found.push([from + i, -1]);
  }
  for (; j < width; j++) {
    found.push([-1, from + j]);
  }
  return found;
}

function sourceOf(cell: nbformat.ICell): string {
  return Array.isArray(cell.source) ? cell.source.join("") : cell.source;
}

/** Bring a notebook to what it is to be, cell by cell. */
export function takeInNotebook(shared: ISharedNotebook, next: nbformat.INotebookContent): void {
  const cells =
    next.cells.length > 0 ? next.cells : [{ cell_type: "code", source: "", metadata: {} } as nbformat.ICell];
  const byId = cells.every(cell => typeof cell["id"] === "string");
  // What the notebook lists changes only when all is done.
  const before = [...shared.cells];
  const old = before.map(cell => `${cell.cell_type} ${byId ? cell.getId() : cell.getSource()}`);
  const wanted = cells.map(cell => `${cell.cell_type} ${byId ? (cell["id"] as string) : sourceOf(cell)}`);
  shared.transact(() => {
    let place = 0;
    for (const [was, is] of align(old, wanted)) {
      if (is < 0) {
        shared.deleteCell(place);
        continue;
      }
      const cell = cells[is] as nbformat.ICell;
      if (was < 0) {
        shared.insertCell(place, { ...cell, source: sourceOf(cell) });
      } else {
        takeInCell(before[was] as ISharedCell, cell);
      }
      place++;
    }
    const metadata = withLanguage(shared.metadata, next.metadata);
    if (!JSONExt.deepEqual(shared.metadata, metadata)) {
      shared.metadata = metadata;
    }
    if (next.nbformat_minor > shared.nbformat_minor) {
      (shared as { nbformat_minor: number }).nbformat_minor = next.nbformat_minor;
    }
  }, false);
}

/** Return what a notebook says of itself; what its kernel has said of its language stays where the file says nothing of it. */
function withLanguage(now: nbformat.INotebookMetadata, next: nbformat.INotebookMetadata): nbformat.INotebookMetadata {
  const { kernelspec, language_info } = now;
  const same = next.kernelspec === undefined || next.kernelspec.name === kernelspec?.name;
  return next.language_info === undefined && language_info !== undefined && same ? { ...next, language_info } : next;
}

function takeInCell(cell: ISharedCell, next: nbformat.ICell): void {
  takeInText(cell, sourceOf(next));
  if (!same(cell.getMetadata(), next.metadata)) {
    cell.setMetadata(next.metadata as nbformat.IBaseCellMetadata);
  }
  if (cell.cell_type === "code") {
    const code = cell as ISharedCodeCell;
    const outputs = (next["outputs"] ?? []) as nbformat.IOutput[];
    if (!same(code.getOutputs(), outputs)) {
      code.setOutputs(outputs);
    }
    const count = (next["execution_count"] ?? null) as nbformat.ExecutionCount;
    if (code.execution_count !== count) {
      code.execution_count = count;
    }
  } else if ("attachments" in cell && !same(cell.attachments, next["attachments"])) {
    cell.attachments = (next["attachments"] ?? {}) as nbformat.IAttachments;
  }
}

function same(one: unknown, other: unknown): boolean {
  return JSONExt.deepEqual((one ?? null) as ReadonlyPartialJSONValue, (other ?? null) as ReadonlyPartialJSONValue);
}
