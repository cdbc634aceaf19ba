// What an open document holds is saved before its conflict is settled, and nothing is picked that nobody has seen.

import { Signal } from "@lumino/signaling";
import { nullTranslator } from "@jupyterlab/translation";
import { describe, expect, it } from "vitest";
import { carriedOver, saveFirst, Unseen } from "../src/differences/save_first";
import type { Caller } from "../src/server";
import type { CellPair, FileDifference, FileVersion } from "../src/socket";
import type { IOpenDocuments } from "../src/tokens";

const COMPARED = { folder: "/home/alice/course", path: "a.txt", old: "published", new: "disk" };
const trans = nullTranslator.load("hubshare");

function version(id: string): FileVersion {
  return { words: id, id, mode: 33188, size: 1, text: id, data: null, media: null };
}

function difference(theirs: string, ours: string): FileDifference {
  const conflict = theirs === ours ? null : "edited on both sides";
  const both = { old: version(theirs), new: version(ours) };
  return {
    project: "alice/course",
    path: "a.txt",
    kind: "text",
    pairs: null,
    conflict,
    by_cell: false,
    why: "",
    taken: null,
    ...both,
  };
}

/** A file in conflict that is open with edits. */
class Edited {
  disk = "saved before";
  published = "theirs";
  saved: string | null = null;
  /** What happens just after it was saved, and just after it was compared. */
  after = { save: (): void => undefined, compare: (): void => undefined };
  readonly documents: IOpenDocuments = {
    changed: new Signal({}) as unknown as IOpenDocuments["changed"],
    unsaved: (_, paths) => [...paths],
    save: () => {
      this.disk = this.saved = "typed";
      this.after.save();
      return Promise.resolve();
    },
    isOnDisk: () => Promise.resolve(this.disk === this.saved),
  };
  readonly server = {
    call: () => {
      const found = difference(this.published, this.disk);
      this.after.compare();
      return Promise.resolve(found);
    },
  } as unknown as Caller;

  first(): Promise<FileDifference> {
    const { documents, server } = this;
    return saveFirst(documents, { server, trans }, COMPARED, difference("theirs", "saved before"));
  }
}

describe("a pick while there are unsaved edits", () => {
  it("is of what was saved", async () => {
    expect((await new Edited().first()).new?.id).toBe("typed");
  });

  it("has nothing to settle where what was saved is what is published", async () => {
    const edited = new Edited();
    edited.after.save = () => {
      edited.published = edited.disk = edited.saved = "theirs";
    };
    expect((await edited.first()).conflict).toBeNull();
  });

  it("is none if it cannot be saved", async () => {
    const edited = new Edited();
    edited.documents.save = () => Promise.reject(new Error("The disk is full"));
    await expect(edited.first()).rejects.toThrow("The disk is full");
  });

  it.each([
    ["a program writes the file before it is compared", "save", (one: Edited): string => (one.disk = "a program's")],
    ["a program writes the file after it was compared", "compare", (one: Edited): string => (one.disk = "a program's")],
    ["somebody publishes the file", "save", (one: Edited): string => (one.published = "newer")],
    ["somebody deletes the file", "save", (one: Edited): string => (one.published = "")],
  ] as const)("is none if %s", async (_, when, happens) => {
    const edited = new Edited();
    edited.after[when] = () => void happens(edited);
    await expect(edited.first()).rejects.toThrow(Unseen);
  });
});

function pair(theirs: string, ours: string): CellPair {
  const cell = (source: string) => ({ kind: "code", source, count: null, outputs: [] });
  return { old: cell(theirs), new: cell(ours), same: false, differs: theirs !== ours };
}

describe("picks of cells", () => {
  const before = [pair("a", "b"), pair("same", "same"), pair("c", "d")];

  it("stay with their cells when others come before these", () => {
    const now = [pair("same", "same"), pair("new", "newer"), ...before];
    expect(carriedOver(before, now, { "0": "ours", "2": "theirs" })).toEqual({ "2": "ours", "4": "theirs" });
  });

  it("are made anew of cells that were edited, and of those that cannot be told apart", () => {
    const now = [pair("a", "edited"), pair("c", "d"), pair("c", "d")];
    expect(carriedOver(before, now, { "0": "ours", "2": "theirs" })).toEqual({});
  });
});
