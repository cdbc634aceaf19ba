// Names of people and projects that people type into dialogs, made into what the agent understands: pure.

/** What somebody may do with a project. */
export type RoleName = "reader" | "writer" | "admin";

/** Somebody, and what they may do. */
export interface Granting {
  /** `bob`, `team:physics` or `group:physics`. */
  who: string;
  role: RoleName;
}

/** Somebody whom one may know. */
export interface Suggestion {
  who: string;
  /** From where. */
  why: string;
}

const ROLES: readonly string[] = ["reader", "writer", "admin"] satisfies RoleName[];

/** Return whom a line names: names between commas, each with or without `:role`. */
export function parsed(line: string): Granting[] {
  return line
    .split(/[,;\n]/)
    .map(word => word.trim())
    .filter(Boolean)
    .map(word => {
      const at = word.lastIndexOf(":");
      const role = word.slice(at + 1);
      const named = at > 0 && ROLES.includes(role);
      return { who: named ? word.slice(0, at) : word, role: named ? (role as RoleName) : "reader" };
    })
    .filter(({ who }) => !/^(team|group):$/.test(who));
}

/** What has to be done so that other people take part. */
export interface AccessChange {
  grant: Granting[];
  revoke: string[];
}

/** Return what has to be done to get from some grants to others. */
export function accessChange(before: readonly Granting[], after: readonly Granting[]): AccessChange {
  const was = new Map(before.map(one => [one.who, one.role]));
  const is = new Set(after.map(one => one.who));
  return {
    grant: after.filter(one => was.get(one.who) !== one.role),
    revoke: before.map(one => one.who).filter(who => !is.has(who)),
  };
}

/** Return the name that a project of a folder gets when none is chosen, as the agent makes it; empty if none can be made. */
export function projectName(folder: string): string {
  return (folder.split("/").filter(Boolean).pop() ?? "")
    .normalize("NFKD")
    .replace(/[^\0-\x7f]/g, "")
    .toLowerCase()
    .replace(/[^a-z0-9._]+/g, "-")
    .replace(/^[-._]+|[-._]+$/g, "")
    .slice(0, 100)
    .replace(/[-._]+$/, "")
    .replace(/\.{2,}/g, ".")
    .replace(/\.(git|lock)$/, "-$1");
}

/** Whether a new project of one's own may be called so, or one of a team: TEAM/NAME. */
export function isOwnOrTeams(name: string): boolean {
  const [last = "", team, ...more] = name.split("/").reverse();
  return isProjectName(last) && more.length === 0 && (team === undefined || /^[^\s:]+$/.test(team));
}

/** Whether a project may be called so. */
export function isProjectName(name: string): boolean {
  return /^[a-z0-9]([a-z0-9._-]{0,98}[a-z0-9])?$/.test(name) && !/\.\.|\.(git|lock)$/.test(name);
}
