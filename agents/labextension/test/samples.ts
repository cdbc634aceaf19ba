// What the server extension tells, made up.

import type { Hello, Summary } from "../src/socket";

export const HELLO: Hello = {
  kind: "hello",
  root: "/home/alice",
  user: "alice",
  server: "",
  person: "alice",
  pages: "/services/hubshare/",
  servers: false,
  needs: "",
};

export function summary(folder: string, more: Partial<Summary> = {}): Summary {
  return {
    checkout: folder,
    project: "alice/course",
    folder,
    mode: "manual",
    role: "owner",
    policy: "ask",
    version: 3,
    counts: null,
    reasons: {},
    pushing: false,
    waiting: "",
    refused: null,
    lost: null,
    paused: "",
    question: "",
    reason: "",
    offline: "",
    unwatched: "",
    step: null,
    ...more,
  };
}
