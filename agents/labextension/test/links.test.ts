// What is pasted is understood: a project of this Hub, or something on the internet.

import { describe, expect, it } from "vitest";
import { holdsLogin, isLink, outside, shortened, wanted } from "../src/dialogs/links";

describe("what is to be got", () => {
  const pages = "https://hub.test/services/hubshare";
  it.each([
    [" alice/course ", { project: "alice/course", invitation: "", file: "" }],
    [`${pages}/projects/alice/course`, { project: "alice/course", invitation: "", file: "" }],
    [`${pages}/projects/a%40b/course/history`, { project: "a@b/course", invitation: "", file: "" }],
    [
      `${pages}/projects/alice/course/files/latest/week%201/01.ipynb?x=1#cell`,
      { project: "alice/course", invitation: "", file: "week 1/01.ipynb" },
    ],
    [
      "?project=alice%2Fcourse&file=week%201%2F01.ipynb",
      { project: "alice/course", invitation: "", file: "week 1/01.ipynb" },
    ],
    ["?project=alice/course&file=../secret", { project: "alice/course", invitation: "", file: "" }],
    [
      `${pages}/projects/alice/course/files/latest/100%.md`,
      { project: "alice/course", invitation: "", file: "100%.md" },
    ],
    [`${pages}/invite/S3cr3t_`, { project: "", invitation: `${pages}/invite/S3cr3t_`, file: "" }],
    [
      "https://hub.test/hub/user-redirect/hubshare/open?project=alice/course",
      { project: "alice/course", invitation: "", file: "" },
    ],
  ])("%j", (text, found) => expect(wanted(text)).toEqual(found));

  it.each(["", "alice", "https://elsewhere.test/", "alice/Course X", `${pages}/projects/alice`])("not %j", text =>
    expect(wanted(text)).toBeNull(),
  );
});

describe("links out of this Hub", () => {
  const pages = "https://hub.test/services/hubshare/";
  const lab = "https://alice.hub.test/user/alice/lab";
  it.each([
    "https://github.com/jupyter/projects/blob/main/a.ipynb",
    "https://gitlab.test/projects/alice/course",
    "https://notes.test/invite/S3cr3t_",
    "git@github.com:alice/course.git",
    "github.com/alice/course",
    "10.5281/zenodo.1234567",
    "doi:10.5281/zenodo.1234567",
    "www.example.org/course.zip",
    "https://hub.test/hub/user-redirect/git-pull?repo=https%3A%2F%2Fgithub.com%2Falice%2Fcourse",
  ])("%j is one", text => expect(outside(` ${text} `, pages, lab)).toBe(text));

  it.each([
    "",
    "alice/course",
    "10.a/course",
    "ann@uni.test/course",
    "https://",
    "https://two words",
    `${pages}projects/alice/course`,
    `${pages}invite/S3cr3t_`,
    `${pages}teams`,
    "https://hub.test/hub/user-redirect/hubshare/open?project=alice/course",
    "https://alice.hub.test/user/alice/lab?hubshare=alice/course",
  ])("%j is none", text => expect(outside(text, pages, lab)).toBeNull());

  it.each(["[the course](https://git.test/a/b.git)", "<https://git.test/a/b.git>", "https://git.test/a/b.git."])(
    "are found in %j",
    text => expect(outside(text, pages, lab)).toBe("https://git.test/a/b.git"),
  );

  it.each([
    "git clone -b dev https://git.test/a/b.git mine",
    "$ git clone https://git.test/a/b -b dev",
    "!wget -q https://git.test/a.zip",
  ])("are taken with all that %j says", text => expect(outside(` ${text}`, pages, lab)).toBe(text));

  it("of this Hub are none in a command either", () =>
    expect(outside("git clone https://hub.test/services/hubshare/projects/alice/course", pages, lab)).toBe(null));

  it("are found in those that were made for a README", () => {
    const source = "https://github.com/alice/course";
    expect(outside(`${pages}import?link=${encodeURIComponent(source)}`, pages, lab)).toBe(source);
    expect(outside(`${pages}import?link=no`, pages, lab)).toBeNull();
  });

  it.each([
    ["https://una:secret@git.test/a.git", true],
    [" git+https://token@git.test/a", true],
    ["git clone https://una:secret@git.test/a", true],
    ["https://git.test/@una/a", false],
    ["git@git.test:a/b", false],
  ])("%j holds a login: %j", (link, holds) => expect(holdsLogin(link)).toBe(holds));

  it.each([
    ["https://una:secret@git.test/a.git?token=secret#secret", "git.test/a.git"],
    ["git@github.com:alice/course", "github.com:alice/course"],
    [`https://git.test/${"a".repeat(60)}/end.zip`, `git.test/${"a".repeat(15)}…${"a".repeat(16)}/end.zip`],
  ])("%j is told as %j", (link, told) => expect(shortened(link)).toBe(told));

  it("are told from what is searched for", () => {
    expect(["https://git.test/a", `${pages}projects/a/b`].map(isLink)).toEqual([true, true]);
    expect(["ocean currents", "alice/course", "v1.2"].map(isLink)).toEqual([false, false, false]);
  });
});
