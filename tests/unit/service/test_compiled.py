"""Templates are compiled once, where what comes out can be kept."""

from __future__ import annotations

from pathlib import Path

import pytest
from jinja2 import DictLoader, Environment

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
