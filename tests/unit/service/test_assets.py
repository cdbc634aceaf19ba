"""What browsers load is released only when it is complete and built from the sources of today."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from hatchling.metadata.core import ProjectMetadata

import build_assets
from build_assets import PAGES, ROOT, problems
from hatch_build import Assets


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The assets of a small project, built, where the build looks for them."""
    folder = tmp_path / "hubshare" / "service" / "pages" / "assets"
    sources = {"build.mjs": "build()", "source/page.js": "one"}
    files = {"page-AB12.js": "1", "page-AB12.js.gz": "zipped", "manifest.json": "{}"}
    (folder / "source").mkdir(parents=True)
    (folder / "built").mkdir()
    for name, text in sources.items():
        (folder / name).write_text(text)
    for name, text in files.items():
        (folder / "built" / name).write_text(text)
    record = {
        "sources": {name: hashlib.sha256(text.encode()).hexdigest() for name, text in sources.items()},
        "files": {name: hashlib.sha256(text.encode()).hexdigest() for name, text in files.items()},
    }
    (folder / "built" / "record.json").write_text(json.dumps(record))
    return folder


def hook(folder: Path) -> Assets:
    """The hook that runs when a wheel of the project is built."""
    root = str(folder.parents[3])
    return Assets(root, {}, None, ProjectMetadata(root, None), root, "wheel")


def test_what_is_complete_and_of_today_is_released(folder: Path) -> None:
    assert problems(folder) == []
    assert hook(folder).dependencies() == []
    hook(folder).initialize("standard", {})


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda at: (at / "source/page.js").write_text("two"), "the source source/page.js has changed"),
        (lambda at: (at / "build.mjs").unlink(), "the source build.mjs has changed"),
        (lambda at: (at / "built/page-AB12.js").unlink(), "page-AB12.js is missing"),
        (lambda at: (at / "built/page-AB12.js").write_text("2"), "page-AB12.js has changed"),
        (lambda at: (at / "built/page-00FF.js").write_text("old"), "page-00FF.js is not of this build"),
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
    for path in (folder / "built").iterdir():
        path.unlink()
    (folder / "built").rmdir()
    (folder.parents[3] / "PKG-INFO").touch()
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


def test_the_record_names_every_source_of_the_pages() -> None:
    if not (PAGES / "built" / "record.json").exists():
        pytest.skip("the assets are not built")
    named = {(PAGES / name).resolve() for name in json.loads((PAGES / "built" / "record.json").read_text())["sources"]}
    assert {path.resolve() for path in (PAGES / "source").iterdir()} <= named
    assert ROOT / "hubshare" / "rendering" / "rendered.css" in named
