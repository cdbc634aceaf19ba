// Builds what browsers load: bundles, hashed names, a manifest, a compressed copy of every text beside it, and a record of what went in
// and what came out, by which `build_assets.py` tells whether all of it is there and of today.

import { build } from "esbuild";
import { compile } from "sass";
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { constants, gzipSync } from "node:zlib";

const here = dirname(fileURLToPath(import.meta.url));
// Put in place at the end, so that a build that was cut short is never served.
const made = join(here, "built.new");
const modules = join(here, "node_modules");
const sources = new Set(["build.mjs", "package.json", "package-lock.json", "source/icons.txt", "source/favicon.svg", "source/button.svg", "source/mermaid.js"]);

/** Style sheets through sass, with Bootstrap's own old ways not reported. */
const scss = {
  name: "scss",
  setup(plugin) {
    plugin.onLoad({ filter: /\.scss$/ }, ({ path }) => {
      const { css, loadedUrls } = compile(path, {
        loadPaths: [modules],
        quietDeps: true,
        silenceDeprecations: ["import", "global-builtin", "color-functions", "if-function"],
      });
      for (const url of loadedUrls) addSource(fileURLToPath(url));
      return { contents: css, loader: "css", resolveDir: dirname(path) };
    });
  },
};

rmSync(made, { recursive: true, force: true });
mkdirSync(made);
const { metafile } = await build({
  absWorkingDir: here,
  entryPoints: ["source/page.js", "source/page.scss", "source/theme.js", "source/mathematics.js", "source/mathjax.js", "source/diagrams.js", "source/map.js", "source/charts.js", "source/upload.js"],
  outdir: made,
  entryNames: "[name]-[hash]",
  assetNames: "[name]-[hash]",
  bundle: true,
  minify: true,
  legalComments: "none",
  target: ["es2022", "chrome100", "firefox100", "safari15.4"],
  loader: { ".woff2": "file", ".woff": "empty", ".ttf": "empty", ".png": "dataurl" },
  // The default font of MathJax fetches parts of itself, which the pages' policy refuses; this one is whole, and looks as KaTeX's.
  alias: { "#default-font/svg/default.js": "@mathjax/mathjax-tex-font/mjs/svg/default.js" },
  plugins: [scss],
  metafile: true,
});

for (const path of Object.keys(metafile.inputs)) addSource(join(here, path));

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
for (const name of ["favicon", "button"]) write(name, "svg", readFileSync(join(here, "source", `${name}.svg`)));

// Mermaid comes as a script that wants to be global.
const mermaid = readFileSync(join(modules, "@mermaid-js", "tiny", "dist", "mermaid.tiny.js"), "utf8");
write("mermaid", "js", `${mermaid}\n${readFileSync(join(here, "source", "mermaid.js"), "utf8")}`);

/** Remember a file that went in, unless it is of a package: those are pinned in package-lock.json. */
function addSource(path) {
  if (!path.startsWith(modules)) sources.add(relative(here, path));
}

function digest(path) {
  return createHash("sha256").update(readFileSync(path)).digest("hex");
}

function write(name, suffix, content) {
  const hash = createHash("sha256").update(content).digest("hex").slice(0, 8).toUpperCase();
  manifest[`${name}.${suffix}`] = `${name}-${hash}.${suffix}`;
  writeFileSync(join(made, `${name}-${hash}.${suffix}`), content);
}

for (const name of readdirSync(made).filter((name) => /\.(js|css|svg)$/.test(name))) {
  writeFileSync(join(made, `${name}.gz`), gzipSync(readFileSync(join(made, name)), { level: constants.Z_BEST_COMPRESSION }));
}
writeFileSync(join(made, "manifest.json"), JSON.stringify(manifest, null, 1) + "\n");
const record = {
  sources: Object.fromEntries([...sources].sort().map((path) => [path, digest(join(here, path))])),
  files: Object.fromEntries(readdirSync(made).sort().map((name) => [name, digest(join(made, name))])),
};
writeFileSync(join(made, "record.json"), JSON.stringify(record, null, 1) + "\n");
rmSync(join(here, "built"), { recursive: true, force: true });
renameSync(made, join(here, "built"));
