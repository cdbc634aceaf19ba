// Builds the extension: TypeScript to modules, those to what JupyterLab loads, and a record of what went in and what came out, by which
// `build_assets.py` tells whether all of it is there and of today.

import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const built = join(here, "built");

/** Run a script of a package with this Node; what it says is shown only when it fails. */
function run(script, ...words) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(here, "node_modules", script), ...words], {
    cwd: here,
  });
  if (status !== 0) {
    process.stderr.write(Buffer.concat([stdout, stderr]));
    process.exit(1);
  }
}

/** The files in a folder of the sources, or the file. */
function files(path) {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path)
    .sort()
    .flatMap(name => files(join(path, name)));
}

function digests(paths, folder) {
  const digest = path => createHash("sha256").update(readFileSync(path)).digest("hex");
  return Object.fromEntries(paths.map(path => [relative(folder, path), digest(path)]));
}

// What was made of a source that is gone would be taken for a source.
if (!existsSync(join(built, "record.json"))) rmSync(join(here, "lib"), { recursive: true, force: true });
rmSync(built, { recursive: true, force: true });
run("typescript/bin/tsc", "--project", "tsconfig.build.json");
run(
  "@jupyter/builder/lib/build-labextension.js",
  "--core-package-file",
  "node_modules/@jupyterlab/core-meta/core.package.json",
  here,
);

const sources = [
  "build.mjs",
  "package.json",
  "package-lock.json",
  "tsconfig.json",
  "tsconfig.build.json",
  "src",
  "style",
  "schema",
];
const record = {
  sources: digests(
    sources.flatMap(name => files(join(here, name))),
    here,
  ),
  files: digests(files(built), built),
};
writeFileSync(join(built, "record.json"), JSON.stringify(record, null, 1) + "\n");
