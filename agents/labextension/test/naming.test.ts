// What people type is understood, or they are told at once that it is not.

import { describe, expect, it } from "vitest";
import { isProjectName, parsed, projectName, wanted } from "../src/dialogs/naming";

describe("people", () => {
  it.each([
    ["bob", [{ who: "bob", role: "reader" }]],
    [
      "bob:writer, team:physics",
      [
        { who: "bob", role: "writer" },
        { who: "team:physics", role: "reader" },
      ],
    ],
    [
      "group:class:admin; Ann Lee",
      [
        { who: "group:class", role: "admin" },
        { who: "Ann Lee", role: "reader" },
      ],
    ],
    ["team:", []],
    ["  ,", []],
  ])("in %j", (line, people) => expect(parsed(line)).toEqual(people));
});

describe("names of projects", () => {
  it.each([
    ["/home/alice/My Course (2)", "my-course-2"],
    ["/home/alice/Übung.git", "ubung-git"],
    ["/home/alice/a..b_c/", "a.b_c"],
    ["/home/alice/数学", ""],
  ])("made of %j", (folder, name) => expect(projectName(folder)).toBe(name));

  it.each([
    ["a", true],
    ["a-b.c_1", true],
    ["A", false],
    ["-a", false],
    ["a..b", false],
    ["a.git", false],
    ["", false],
  ])("%j may be one: %j", (name, may) => expect(isProjectName(name)).toBe(may));
});

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
