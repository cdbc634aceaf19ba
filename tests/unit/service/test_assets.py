"""What browsers load is released only when it is complete and built from the sources of today."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hatchling.metadata.core import ProjectMetadata

import build_assets
from build_assets import LABEXTENSION, PAGES, PANEL, PARTS, ROOT, problems
from hatch_build import Assets


@pytest.fixture(params=[PAGES, PANEL], ids=["pages", "panel"])
def folder(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """The assets of the pages, or of the panel, in a small project in which both are built, where the build looks for them."""
    for part in PARTS:
        _built(tmp_path / part.relative_to(ROOT))
    part = request.param
    assert isinstance(part, Path)
    return tmp_path / part.relative_to(ROOT)


def _built(folder: Path) -> None:
    sources = {"build.mjs": "build()", "source/page.js": "one"}
    files = {"page-AB12.js": "1", "static/page-AB12.js.gz": "zipped", "manifest.json": "{}"}
    for at, texts in ((folder, sources), (folder / "built", files)):
        for name, text in texts.items():
            (at / name).parent.mkdir(parents=True, exist_ok=True)
            (at / name).write_text(text)
    record = {
        "sources": {name: hashlib.sha256(text.encode()).hexdigest() for name, text in sources.items()},
        "files": {name: hashlib.sha256(text.encode()).hexdigest() for name, text in files.items()},
    }
    (folder / "built" / "record.json").write_text(json.dumps(record))


def root_of(folder: Path) -> Path:
    """The root of the small project."""
    return next(above for above in folder.parents if (above / "hubshare").is_dir() and (above / "agents").is_dir())


def hook(folder: Path, target: str = "wheel") -> Assets:
    """The hook that runs when a wheel of the project is built."""
    root = str(root_of(folder))
    return Assets(root, {}, None, ProjectMetadata(root, None), root, target)


def test_what_is_complete_and_of_today_is_released(folder: Path) -> None:
    assert problems(folder) == []
    assert hook(folder).dependencies() == []
    hook(folder, "sdist").initialize("standard", {})
    wheel: dict[str, dict[str, str]] = {}
    hook(folder).initialize("standard", wheel)
    built = str(root_of(folder) / "agents/labextension/built")
    assert wheel == {"shared_data": {built: "share/jupyter/labextensions/hubshare-lab"}}


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda at: (at / "source/page.js").write_text("two"), "the source source/page.js has changed"),
        (lambda at: (at / "build.mjs").unlink(), "the source build.mjs has changed"),
        (lambda at: (at / "built/page-AB12.js").unlink(), "page-AB12.js is missing"),
        (lambda at: (at / "built/page-AB12.js").write_text("2"), "page-AB12.js has changed"),
        (lambda at: (at / "built/static/page-00FF.js").write_text("old"), "static/page-00FF.js is not of this build"),
        (lambda at: (at / "built/record.json").write_text("{"), "record.json cannot be read"),
        (lambda at: (at / "built/record.json").write_text("[]"), "record.json cannot be read"),
        (lambda at: (at / "built/record.json").unlink(), "they have not been built"),
    ],
)
def test_what_is_stale_or_incomplete_fails_the_build(folder: Path, change: object, problem: str) -> None:
    assert callable(change)
    change(folder)
    assert problems(folder) == [problem]
    with pytest.raises(RuntimeError, match=problem):
        hook(folder).initialize("standard", {})
    hook(folder).initialize("editable", {})


def test_an_sdist_without_the_assets_is_refused_and_not_built_from_the_network(folder: Path) -> None:
    shutil.rmtree(folder / "built")
    (root_of(folder) / "PKG-INFO").touch()
    assert hook(folder).dependencies() == []
    with pytest.raises(RuntimeError, match="have not been built"):
        hook(folder).initialize("standard", {})


def test_a_fresh_copy_asks_for_node_only_where_there_is_none(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "built").rename(folder / "elsewhere")
    monkeypatch.setattr(build_assets, "find_node", lambda: (["node"], ["npm"]))
    assert hook(folder).dependencies() == []
    monkeypatch.setattr(build_assets, "find_node", lambda: None)
    assert hook(folder).dependencies() == [build_assets.NODE_PACKAGE]


def test_node_is_the_one_on_the_path_when_it_is_new_enough(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("node", "npm"):
        (tmp_path / name).write_text("#!/bin/sh\necho v20.1.0\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin")
    assert build_assets.find_node() == ([str(tmp_path / "node")], [str(tmp_path / "npm")])
    (tmp_path / "node").write_text("#!/bin/sh\necho v18.19.0\n")
    monkeypatch.setattr(build_assets, "find_spec", lambda name: None)
    assert build_assets.find_node() is None


def test_the_panel_is_shown_to_a_jupyterlab_of_this_repository_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(build_assets, "ROOT", tmp_path / "here")
    mine, other = tmp_path / "here" / ".venv", tmp_path / "other"
    (mine / LABEXTENSION / "static").mkdir(parents=True)
    for _ in range(2):
        build_assets.show_panel(mine)
        assert (mine / LABEXTENSION).readlink() == PANEL / "built"
    build_assets.show_panel(other)
    assert not other.exists()


def test_the_record_names_every_source_of_the_panel() -> None:
    if not (PANEL / "built" / "record.json").exists():
        pytest.skip("the assets are not built")
    named = set(json.loads((PANEL / "built" / "record.json").read_text())["sources"])
    there = {path.relative_to(PANEL).as_posix() for path in (PANEL / "src").rglob("*") if path.is_file()}
    assert there <= named
    assert {"package-lock.json", "schema/plugin.json", "style/index.css"} <= named


def test_the_lock_file_of_the_panel_names_no_registry() -> None:
    assert not re.search(r"https?://[^\"]*\.tgz", (PANEL / "package-lock.json").read_text())


def test_the_panel_is_small() -> None:
    if not (PANEL / "built" / "record.json").exists():
        pytest.skip("the assets are not built")
    scripts = (PANEL / "built" / "static").glob("*.js")
    assert sum(len(gzip.compress(path.read_bytes())) for path in scripts) < 150_000


def test_the_panels_own_logic() -> None:
    """Runs vitest."""
    if not (PANEL / "node_modules").exists():
        pytest.skip("the assets are not built")
    ran = subprocess.run([sys.executable, ROOT / "build_assets.py", "test"], capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_the_record_names_every_source_of_the_pages() -> None:
    if not (PAGES / "built" / "record.json").exists():
        pytest.skip("the assets are not built")
    named = {(PAGES / name).resolve() for name in json.loads((PAGES / "built" / "record.json").read_text())["sources"]}
    assert {path.resolve() for path in (PAGES / "source").iterdir()} <= named
    assert ROOT / "hubshare" / "rendering" / "rendered.css" in named
