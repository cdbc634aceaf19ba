// Fetches the plan of a checkout page by page, so that a large one is shown while the rest is still on its way.

import type { Caller } from "../server";
import type { PlannedFile, PlannedFiles } from "../socket";

const A_PAGE = 1000;
/** So many pages are fetched; a larger plan is carried out whole, without choosing among files. */
const MOST_PAGES = 20;

/** As much of a plan as is there. */
export interface PlanSoFar {
  files: readonly PlannedFile[];
  /** How many there are of each in all. */
  pushes: number;
  pulls: number;
  conflicts: number;
  held: number;
  /** Whether all of it is there. */
  whole: boolean;
  /** Whether more is on its way. */
  loading: boolean;
}

/** Fetch a plan; `take` is told after each page.
 *
 * Throws a CommandError if it cannot be had. */
export async function fetchPlan(
  server: Caller,
  folder: string,
  take: (plan: PlanSoFar) => void,
  signal: AbortSignal,
): Promise<void> {
  let files: readonly PlannedFile[] = [];
  let after: string | null = null;
  for (let pages = 1; ; pages++) {
    const page: PlannedFiles = await server.call("plan", { folder, after, limit: A_PAGE }, { signal });
    files = [...files, ...page.files];
    after = page.next;
    const { pushes, pulls, conflicts, held } = page;
    const loading = after !== null && pages < MOST_PAGES;
    take({ files, pushes, pulls, conflicts, held, whole: after === null, loading });
    if (!loading) {
      return;
    }
  }
}
