// Which projects there are for a person, in groups, and those that a search finds: pure.

import type { Project, Summary, Team } from "./socket";
import { split } from "./words";

/** How a person comes to a project. */
export type Group = "mine" | "shared" | "teams";

/** A project as the panel lists it. */
export interface Listing {
  project: Project;
  group: Group;
  /** The folder that it is checked out into on this server; null if it is not. */
  folder: string | null;
}

/** Put projects into groups, those that were worked on last first.
 *
 * user: the person; teams: those that they are in. */
export function listings(
  projects: readonly Project[],
  checkouts: readonly Summary[],
  teams: readonly Team[],
  user: string,
): Listing[] {
  const folders = new Map(checkouts.map(one => [one.project, one.folder]));
  const names = new Set(teams.map(team => team.name));
  return projects
    .filter(project => project.deleted === null)
    .map(project => ({ project, group: group(project, names, user), folder: folders.get(project.name) ?? null }));
}

function group(project: Project, teams: ReadonlySet<string>, user: string): Group {
  const { owner } = split(project.name);
  if (project.owned_by_team) {
    return teams.has(owner) ? "teams" : "shared";
  }
  return owner === user ? "mine" : "shared";
}

/** Return what fits all words of a search, wherever they stand in name or description; the best fit first. */
export function search(all: readonly Listing[], text: string): Listing[] {
  const words = text.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  const found = all.flatMap(one => {
    const name = one.project.name.toLocaleLowerCase();
    const everything = `${name} ${one.project.description.toLocaleLowerCase()}`;
    if (!words.every(word => everything.includes(word))) {
      return [];
    }
    const start = split(name).name;
    const rank = words.reduce((sum, word) => sum + (start.startsWith(word) ? 0 : name.includes(word) ? 1 : 2), 0);
    return [{ one, rank, name }];
  });
  return found.sort((a, b) => a.rank - b.rank || (a.name < b.name ? -1 : 1)).map(({ one }) => one);
}
