// What people type is understood, or they are told at once that it is not.

import { describe, expect, it } from "vitest";
import { isOwnOrTeams, isProjectName, parsed, projectName } from "../src/dialogs/naming";

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

  it.each([
    ["course", true],
    ["Oceans/course", true],
    ["a b/course", false],
    ["/course", false],
    ["oceans/", false],
    ["a/b/course", false],
  ])("%j may be a new one's: %j", (name, may) => expect(isOwnOrTeams(name)).toBe(may));
});
