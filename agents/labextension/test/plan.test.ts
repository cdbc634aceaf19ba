// A plan is fetched page by page, and a very large one not to its end.

import { expect, it, vi } from "vitest";
import { fetchPlan, type PlanSoFar } from "../src/dialogs/plan";
import type { Caller } from "../src/server";
import type { PlannedFiles } from "../src/socket";

/** A server with a plan of so many pages with two files each. */
function planning(pages: number): Caller {
  const call = vi.fn((_: string, { after }: { after?: string | null }): Promise<PlannedFiles> => {
    const page = Number(after ?? "0");
    const file = (name: string) => ({ path: `${page}${name}`, way: "push" as const, change: "add" as const, why: "" });
    const next = page + 1 < pages ? String(page + 1) : null;
    const totals = { pushes: 2 * pages, pulls: 0, conflicts: 0, held: 0 };
    return Promise.resolve({ project: "a/c", folder: "/f", ...totals, files: [file("a"), file("b")], next });
  });
  return { call: call };
}

async function fetched(pages: number): Promise<PlanSoFar[]> {
  const told: PlanSoFar[] = [];
  await fetchPlan(planning(pages), "/f", plan => told.push(plan), new AbortController().signal);
  return told;
}

it("is told after each page, until all is there", async () => {
  const told = await fetched(3);
  expect(told.map(plan => [plan.files.length, plan.loading, plan.whole])).toEqual([
    [2, true, false],
    [4, true, false],
    [6, false, true],
  ]);
});

it("ends after twenty pages, with the counts of all", async () => {
  const last = (await fetched(30)).at(-1);
  expect(last).toMatchObject({ pushes: 60, loading: false, whole: false });
  expect(last?.files).toHaveLength(40);
});
