// What is on disk comes into an open document in place.

import { YFile, YNotebook } from "@jupyter/ydoc";
import type * as nbformat from "@jupyterlab/nbformat";
import { describe, expect, it } from "vitest";
import { align, replacement, takeInNotebook, takeInText } from "../src/documents/take_in";

function cell(id: string, source: string, outputs: nbformat.IOutput[] = []): nbformat.ICell {
  return { cell_type: "code", id, source, outputs, execution_count: null, metadata: {} };
}

function notebook(...cells: nbformat.ICell[]): nbformat.INotebookContent {
  return { cells, metadata: {}, nbformat: 4, nbformat_minor: 5 };
}

function open(content: nbformat.INotebookContent): YNotebook {
  const made = new YNotebook();
  made.setSource(content as unknown as Parameters<YNotebook["setSource"]>[0]);
  return made;
}

const sources = (shared: YNotebook): string[] => shared.cells.map(one => one.getSource());

describe("a text", () => {
  it("is changed only where it differs", () => {
    expect(replacement("one two three", "one 2 three")).toEqual([4, 7, "2"]);
    expect(replacement("aa", "aaa")).toEqual([2, 2, "a"]);
    expect(replacement("same", "same")).toEqual([4, 4, ""]);
  });

  it("becomes what is on disk", () => {
    const file = new YFile();
    file.setSource("one\ntwo\n");
    takeInText(file, "zero\none\n2\n");
    expect(file.getSource()).toBe("zero\none\n2\n");
  });
});

describe("a notebook", () => {
  it("knows its language still when the file does not name it, as long as its kernel is the same", () => {
    const kernelspec = { name: "python3", display_name: "Python 3" };
    const language_info = { name: "python" };
    const shared = open({ ...notebook(cell("a", "1")), metadata: { kernelspec, language_info } });
    takeInNotebook(shared, { ...notebook(cell("a", "2")), metadata: { kernelspec } });
    expect(shared.metadata).toEqual({ kernelspec, language_info });
    const other = { name: "ir", display_name: "R" };
    takeInNotebook(shared, { ...notebook(cell("a", "2")), metadata: { kernelspec: other } });
    expect(shared.metadata).toEqual({ kernelspec: other });
  });

  it("keeps the cells that are in both", () => {
    const shared = open(notebook(cell("a", "1"), cell("b", "2"), cell("c", "3")));
    const [a, , c] = shared.cells;
    takeInNotebook(shared, notebook(cell("x", "0"), cell("a", "1!"), cell("c", "3")));
    expect(sources(shared)).toEqual(["0", "1!", "3"]);
    expect(shared.cells[1]).toBe(a);
    expect(shared.cells[2]).toBe(c);
  });

  it("has the outputs that are on disk", () => {
    const shared = open(notebook(cell("a", "1")));
    const output = { output_type: "stream", name: "stdout", text: "hello" } as nbformat.IOutput;
    takeInNotebook(shared, notebook(cell("a", "1", [output])));
    expect(shared.toJSON().cells[0]?.["outputs"]).toEqual([output]);
  });

  it("is lined up by contents where cells have no ids", () => {
    const plain = (source: string): nbformat.ICell => ({ cell_type: "markdown", source: [source], metadata: {} });
    const shared = open(notebook(plain("one"), plain("two")));
    const [, two] = shared.cells;
    takeInNotebook(shared, notebook(plain("zero"), plain("one"), plain("two")));
    expect(sources(shared)).toEqual(["zero", "one", "two"]);
    expect(shared.cells[2]).toBe(two);
  });

  it("cannot be changed back by undo, which is of one's own edits", () => {
    const shared = open(notebook(cell("a", "1")));
    shared.clearUndoHistory();
    takeInNotebook(shared, notebook(cell("a", "2"), cell("b", "3")));
    expect(shared.canUndo()).toBe(false);
  });
});

describe("lining up", () => {
  it("pairs what both have, in order", () => {
    expect(align(["a", "b", "c"], ["a", "c", "d"])).toEqual([
      [0, 0],
      [1, -1],
      [2, 1],
      [-1, 2],
    ]);
  });

  it("takes long lists as they are", () => {
    const old = Array.from({ length: 5000 }, (_, at) => `o${at}`);
    const next = Array.from({ length: 5000 }, (_, at) => `n${at}`);
    expect(align(["x", ...old, "y"], ["x", ...next, "y"])).toHaveLength(10_002);
  });
});
