// What is known, in words for people: pure.

import { PathExt } from "@jupyterlab/coreutils";
import type { TranslationBundle } from "@jupyterlab/translation";
import type { Step, Summary, Written } from "./socket";

/** How it looks: fine, at work, something to do when one likes, needs a person, nothing goes on. */
export type Tone = "fine" | "busy" | "news" | "needs" | "off";

/** A checkout at a glance. */
export interface Glance {
  tone: Tone;
  /** A few words. */
  text: string;
  /** Why, and what to do; empty if the few words say all. */
  detail: string;
}

/** Say how a checkout is: the one thing that matters most, and why. */
export function glance(one: Summary, trans: TranslationBundle): Glance {
  const held = one.counts?.held ?? 0;
  const reasons = Object.entries(one.reasons).map(([path, why]) => `${path}: ${why}`);
  if (one.lost) {
    return { tone: "off", text: trans.__("Access lost"), detail: one.lost };
  }
  if (one.paused) {
    const text = one.question ? trans.__("Asks before it deletes") : trans.__("Paused");
    return { tone: "needs", text, detail: one.question ? one.reason : one.paused };
  }
  if (one.counts !== null && one.counts.conflicts > 0) {
    const text = trans._n("%1 conflict", "%1 conflicts", one.counts.conflicts);
    return { tone: "needs", text, detail: trans.__("Pick the version that is to stay.") };
  }
  if (one.refused !== null) {
    return { tone: "needs", text: trans.__("Push refused"), detail: one.refused.message };
  }
  if (one.step !== null) {
    return { tone: "busy", text: atWork(one.step, trans), detail: "" };
  }
  if (one.offline) {
    return { tone: "off", text: trans.__("Offline"), detail: one.offline };
  }
  if (one.pushing) {
    return { tone: "busy", text: one.waiting ? trans.__("Push: %1", one.waiting) : trans.__("Pushing…"), detail: "" };
  }
  if (one.counts === null) {
    return { tone: "busy", text: trans.__("Looking…"), detail: "" };
  }
  const { outgoing, incoming } = one.counts;
  const parts = [
    outgoing > 0 ? trans._n("%1 to push", "%1 to push", outgoing) : "",
    incoming > 0 ? trans._n("%1 to pull", "%1 to pull", incoming) : "",
    held > 0 ? trans._n("%1 held back", "%1 held back", held) : "",
  ].filter(Boolean);
  if (parts.length === 0) {
    const text = one.version > 0 ? trans.__("In sync · v%1", one.version) : trans.__("In sync");
    return { tone: "fine", text, detail: one.unwatched };
  }
  return { tone: "news", text: parts.join(" · "), detail: [...reasons, one.unwatched].filter(Boolean).join("\n") };
}

/** Say what is under way, and how far it has come. */
export function atWork(step: Step, trans: TranslationBundle): string {
  const words: Partial<Record<string, string>> = {
    fetch: trans.__("Fetching"),
    scan: trans.__("Looking at files"),
    pack: trans.__("Packing"),
    upload: trans.__("Sending"),
    sent: trans.__("Waiting for the Hub"),
    download: trans.__("Receiving"),
    write: trans.__("Writing files"),
    wait: trans.__("Waiting for what is under way"),
    owner: trans.__("Waiting for the agent"),
  };
  const what = words[step.what] ?? trans.__("Working");
  return step.total > 0 ? `${what} ${Math.floor((100 * step.done) / step.total)} %` : `${what}…`;
}

/** Say what somebody published, and the file that came of it, if it is one. */
export function published(written: Written, trans: TranslationBundle): string {
  const { by, version, project, everything } = written;
  const paths = [...written.paths, ...written.deleted];
  if (everything) {
    return trans.__("%1 published version %2 of %3.", by, version, project);
  }
  const [first] = paths;
  return first !== undefined && paths.length === 1
    ? trans.__("%1 published version %2 of %3: %4.", by, version, project, PathExt.basename(first))
    : trans.__("%1 published version %2 of %3: %4 files here.", by, version, project, paths.length);
}

/** Return the name of a project without its owner, and the owner. */
export function split(project: string): { owner: string; name: string } {
  const at = project.indexOf("/");
  return { owner: project.slice(0, at), name: project.slice(at + 1) };
}
