// What is said of a mirror, and what can be done about it.

import type { TranslationBundle } from "@jupyterlab/translation";
import type { Mirror } from "../socket";

/** How a mirror stands. */
export interface Standing {
  words: string;
  /** Whether a person has to do something about it. */
  wrong: boolean;
  /** What can be done with it now, the likeliest first. */
  acts: ("push" | "overwrite" | "resume" | "pause")[];
}

/** Return how a mirror stands. */
export function standing(mirror: Mirror, trans: TranslationBundle): Standing {
  if (mirror.disabled !== null) {
    return { words: trans.__("Disabled. %1", mirror.reason), wrong: true, acts: ["resume"] };
  }
  if (mirror.paused) {
    return { words: trans.__("Paused."), wrong: false, acts: ["resume"] };
  }
  if (isUnderWay(mirror)) {
    return { words: trans.__("Pushing now."), wrong: false, acts: ["pause"] };
  }
  if (mirror.message !== "") {
    const again =
      mirror.due !== null && mirror.behind ? trans.__("Next try at %1.", new Date(mirror.due).toLocaleString()) : "";
    const words = [trans.__("Not taken: %1", mirror.message), again].filter(Boolean).join(" ");
    return { words, wrong: true, acts: mirror.in_the_way === "" ? ["push", "pause"] : ["push", "overwrite", "pause"] };
  }
  const has = mirror.version === null ? trans.__("Not pushed yet.") : trans.__("It has version %1.", mirror.version);
  const since = mirror.pushed === null ? "" : trans.__("Last push: %1.", new Date(mirror.pushed).toLocaleString());
  return { words: [has, since].filter(Boolean).join(" "), wrong: false, acts: ["push", "pause"] };
}

/** Whether something is being done about a mirror, so that it stands otherwise in a moment. */
export function isUnderWay({ state, paused, disabled, behind, message }: Mirror): boolean {
  return !paused && disabled === null && (state === "running" || (state === "waiting" && behind && message === ""));
}
