// How `make test` runs the tests of the panel's own logic: in Node, with a document that is none of a browser.

import { defineConfig } from "vitest/config";

export default defineConfig({
  // Nine tenths of the time went into making a document, and loading all modules, for each file anew.
  test: { environment: "happy-dom", include: ["test/**/*.test.{ts,tsx}"], restoreMocks: true, isolate: false },
});
