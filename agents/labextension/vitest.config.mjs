// How `make test` runs the tests of the panel's own logic: in Node, with a document that is none of a browser.

import { defineConfig } from "vitest/config";

export default defineConfig({
  test: { environment: "happy-dom", include: ["test/**/*.test.{ts,tsx}"], restoreMocks: true },
});
