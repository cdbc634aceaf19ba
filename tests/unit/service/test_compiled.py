"""Templates are compiled once, where what comes out can be kept."""

from __future__ import annotations

from pathlib import Path

import pytest
from jinja2 import DictLoader, Environment

from hubshare.service.pages import compiled as kept
from hubshare.service.pages import view
from hubshare.service.pages.compiled import Compiled
from hubshare.service.pages.view import Pages


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of templates that are compiled."""
    found: list[str] = []
    compile_ = Environment.compile

    def counted(self: Environment, source: str, name: str | None = None, *args: object, **kwargs: object) -> object:
        found.append(name or "")
        return compile_(self, source, name, *args, **kwargs)  # type: ignore[call-overload]

    monkeypatch.setattr(Environment, "compile", counted)
    return found


def _shown(folder: Path, text: str) -> str:
    templates = Environment(loader=DictLoader({"one.html": text}), bytecode_cache=Compiled(folder), autoescape=True)
    return templates.get_template("one.html").render()


def test_another_application_compiles_no_template_that_one_before_it_has(compiled: list[str]) -> None:
    Pages("/services/hubshare/", "/hub/").compile()
    compiled.clear()
    Pages("/services/other/", "/hub/").compile()
    assert compiled == []


def test_a_template_that_has_changed_is_compiled_anew(compiled: list[str], tmp_path: Path) -> None:
    for text in ("one", "one", "two"):
        assert _shown(tmp_path / "kept", text) == text
    assert compiled == ["one.html"] * 2


def test_what_another_version_has_compiled_is_compiled_anew(
    compiled: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for version in ("Jinja 3.1.5", "Jinja 3.1.6", "Jinja 3.1.6"):
        monkeypatch.setattr(kept, "_BY", version)
        assert _shown(tmp_path / "kept", "one") == "one"
    assert compiled == ["one.html"] * 2


def test_what_an_editor_has_beside_templates_is_left_alone(
    compiled: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(view, "_TEMPLATES", tmp_path / "templates")
    monkeypatch.setattr(view, "_FEATURES", tmp_path / "features")
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "one.html.j2").write_text("one")
    (tmp_path / "templates" / ".one.html.j2.swp").write_bytes(b"b0VIM\xff")
    Pages("/services/hubshare/", "/hub/").compile()
    assert compiled == ["one.html.j2"]


def test_where_nothing_can_be_kept_and_where_it_is_broken_templates_are_compiled(
    compiled: list[str], tmp_path: Path
) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.touch()
    assert [_shown(in_the_way, "one") for _ in range(2)] == ["one"] * 2
    assert _shown(tmp_path / "kept", "one") == "one"
    for file in (tmp_path / "kept").iterdir():
        file.write_bytes(file.read_bytes()[:40])
    assert _shown(tmp_path / "kept", "one") == "one"
    assert len(compiled) == 4
