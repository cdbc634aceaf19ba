// What a command did, in words for people: pure.

import type { TranslationBundle } from "@jupyterlab/translation";
import type { PlannedFile, Pulled, Pushed, Synced } from "./socket";

/** How a command ended. */
export interface Outcome {
  kind: "success" | "info" | "warning";
  message: string;
  /** Whether there are conflicts to show. */
  conflicts: boolean;
}

/** Say what a push did. */
export function pushed(answer: Pushed, trans: TranslationBundle): Outcome {
  const conflicts = Object.keys(answer.conflicts);
  if (answer.status === "nothing") {
    return { kind: "info", message: trans.__("Nothing to push in %1.", answer.project), conflicts: false };
  }
  const did = trans._n(
    "Pushed %1 file to %2: version %3.",
    "Pushed %1 files to %2: version %3.",
    answer.pushed,
    answer.project,
    answer.version,
  );
  return withConflicts(did, conflicts, Object.keys(answer.foreign).length, trans);
}

/** Say what a pull did. */
export function pulled(answer: Pulled, trans: TranslationBundle): Outcome {
  const conflicts = Object.keys(answer.conflicts);
  const files = answer.written.length + answer.deleted.length;
  if (files === 0 && conflicts.length === 0) {
    const held = Object.keys(answer.held).length;
    const message =
      held > 0
        ? trans._n("%1 file of %2 is held back.", "%1 files of %2 are held back.", held, answer.project)
        : trans.__("%1 is up to date: version %2.", answer.project, answer.version);
    return { kind: held > 0 ? "warning" : "info", message, conflicts: false };
  }
  const did = trans._n(
    "Pulled %1 file of %2: version %3.",
    "Pulled %1 files of %2: version %3.",
    files,
    answer.project,
    answer.version,
  );
  return withConflicts(did, conflicts, 0, trans);
}

/** Say what a sync did. */
export function synced(answer: Synced, trans: TranslationBundle): Outcome {
  const conflicts = Object.keys(answer.conflicts);
  const came = answer.written.length + answer.deleted.length;
  if (came === 0 && answer.pushed === 0 && conflicts.length === 0) {
    return { kind: "info", message: trans.__("%1 is in sync.", answer.project), conflicts: false };
  }
  const did = trans.__("%1: %2 pulled, %3 pushed; version %4.", answer.project, came, answer.pushed, answer.version);
  return withConflicts(did, conflicts, Object.keys(answer.foreign).length, trans);
}

function withConflicts(did: string, conflicts: string[], foreign: number, trans: TranslationBundle): Outcome {
  const [first] = conflicts;
  if (first !== undefined) {
    const more = trans._n("%1 conflict: %2", "%1 conflicts, %2 among them", conflicts.length, first);
    return { kind: "warning", message: `${did} ${more}`, conflicts: true };
  }
  if (foreign > 0) {
    const more = trans._n(
      "%1 name cannot be held by Windows or a Mac.",
      "%1 names cannot be held by Windows or a Mac.",
      foreign,
    );
    return { kind: "warning", message: `${did} ${more}`, conflicts: false };
  }
  return { kind: "success", message: did, conflicts: false };
}

/** What a preview lists: which files go where, in the order in which they need a look. */
export interface Preview {
  conflicts: PlannedFile[];
  pulls: PlannedFile[];
  pushes: PlannedFile[];
  held: PlannedFile[];
}

/** Put the files of a plan into lists. */
export function preview(files: readonly PlannedFile[]): Preview {
  const of = (way: PlannedFile["way"]): PlannedFile[] => files.filter(file => file.way === way);
  return { conflicts: of("conflict"), pulls: of("pull"), pushes: of("push"), held: of("held") };
}
