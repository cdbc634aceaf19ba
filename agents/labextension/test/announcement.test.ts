import { expect, it } from "vitest";
import { type About, Announcement } from "../src/documents/announcement";
import type { Notice } from "../src/documents/open_document";
import type { Version } from "../src/socket";

const VERSION = { number: 2, author: "alice" } as Version;
const WAITS = { what: "waits" } as Notice;
const BOTH = { what: "both" } as Notice;

/** An announcement in one banner, and the answers of the server, which come when the test lets them. */
function begin(): { announcement: Announcement; shown: unknown[]; answers: ((about: About) => void)[] } {
  const answers: ((about: About) => void)[] = [];
  const shown: unknown[] = [];
  const announcement = new Announcement(() => new Promise(resolve => answers.push(resolve)));
  announcement.banners.add({ say: (notice, version) => shown.push([notice?.what ?? null, version?.author ?? null]) });
  return { announcement, shown, answers };
}

it("says at once that there is something, and then by whom", async () => {
  const { announcement, shown, answers } = begin();
  const said = announcement.say(WAITS);
  expect(shown).toEqual([["waits", null]]);
  answers[0]?.([VERSION, ""]);
  await said;
  expect(shown).toEqual([
    ["waits", null],
    ["waits", "alice"],
  ]);
});

it("says nothing any more, however late the server answers", async () => {
  const { announcement, shown, answers } = begin();
  const said = announcement.say(WAITS);
  await announcement.say(null);
  answers[0]?.([VERSION, ""]);
  await said;
  expect(shown.at(-1)).toEqual([null, null]);
});

it("says what it said last, in whatever order the server answers", async () => {
  const { announcement, shown, answers } = begin();
  const first = announcement.say(WAITS);
  const second = announcement.say(BOTH);
  answers[1]?.([VERSION, ""]);
  await second;
  answers[0]?.([null, ""]);
  await first;
  expect(shown.at(-1)).toEqual(["both", "alice"]);
});
