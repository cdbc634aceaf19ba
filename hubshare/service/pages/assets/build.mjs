// Builds what browsers load: bundles, hashed names, a manifest, and a compressed copy of every text beside it.

import { build } from "esbuild";
import { compile } from "sass";
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { constants, gzipSync } from "node:zlib";

const here = dirname(fileURLToPath(import.meta.url));
// Put in place at the end, so that a build that was cut short is never served.
const made = join(here, "built.new");
const modules = join(here, "node_modules");

/** Style sheets through sass, with Bootstrap's own old ways not reported. */
const scss = {
  name: "scss",
  setup(plugin) {
    plugin.onLoad({ filter: /\.scss$/ }, ({ path }) => ({
      contents: compile(path, {
        loadPaths: [modules],
        quietDeps: true,
        silenceDeprecations: ["import", "global-builtin", "color-functions", "if-function"],
      }).css,
      loader: "css",
      resolveDir: dirname(path),
    }));
  },
};

rmSync(made, { recursive: true, force: true });
mkdirSync(made);
const { metafile } = await build({
  absWorkingDir: here,
  entryPoints: ["source/page.js", "source/page.scss", "source/theme.js", "source/mathematics.js", "source/map.js"],
  outdir: made,
  entryNames: "[name]-[hash]",
  assetNames: "[name]-[hash]",
  bundle: true,
  minify: true,
  legalComments: "none",
  target: ["es2022", "chrome100", "firefox100", "safari15.4"],
  loader: { ".woff2": "file", ".woff": "empty", ".ttf": "empty", ".png": "dataurl" },
  plugins: [scss],
  metafile: true,
});

const manifest = {};
for (const [path, output] of Object.entries(metafile.outputs)) {
  const name = path.split("/").pop();
  if (!output.entryPoint) continue;
  const entry = output.entryPoint.split("/").pop().replace(".scss", ".css");
  manifest[entry] = name;
  if (output.cssBundle) manifest[entry.replace(".js", ".css")] = output.cssBundle.split("/").pop();
}

// One file with all icons: pages take them out of it by name.
const icons = readFileSync(join(here, "source", "icons.txt"), "utf8").split("\n").filter(Boolean);
const symbols = icons.map((name) => {
  const svg = readFileSync(join(modules, "bootstrap-icons", "icons", `${name}.svg`), "utf8");
  return `<symbol id="${name}" viewBox="0 0 16 16">${svg.replace(/^[^]*?<svg[^>]*>|<\/svg>\s*$/g, "").trim()}</symbol>`;
});
write("icons", "svg", `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>`);
write("favicon", "svg", readFileSync(join(here, "source", "favicon.svg")));

function write(name, suffix, content) {
  const hash = createHash("sha256").update(content).digest("hex").slice(0, 8).toUpperCase();
  manifest[`${name}.${suffix}`] = `${name}-${hash}.${suffix}`;
  writeFileSync(join(made, `${name}-${hash}.${suffix}`), content);
}

for (const name of readdirSync(made).filter((name) => /\.(js|css|svg)$/.test(name))) {
  writeFileSync(join(made, `${name}.gz`), gzipSync(readFileSync(join(made, name)), { level: constants.Z_BEST_COMPRESSION }));
}
writeFileSync(join(made, "manifest.json"), JSON.stringify(manifest, null, 1) + "\n");
rmSync(join(here, "built"), { recursive: true, force: true });
renameSync(made, join(here, "built"));
