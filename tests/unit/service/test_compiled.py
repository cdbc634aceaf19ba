"""Templates are compiled once in a process."""

from __future__ import annotations

from pathlib import Path

import pytest
from jinja2 import DictLoader, Environment

from hubshare.service.pages.compiled import Compiled
from hubshare.service.pages.view import Pages


def _count_compiled(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    compiled: list[str] = []
    compile_ = Environment.compile

    def counted(self: Environment, source: str, name: str | None = None, *args: object, **kwargs: object) -> object:
        compiled.append(name or "")
        return compile_(self, source, name, *args, **kwargs)  # type: ignore[call-overload]

    monkeypatch.setattr(Environment, "compile", counted)
    return compiled


def test_another_application_compiles_no_template_that_one_before_it_has(monkeypatch: pytest.MonkeyPatch) -> None:
    Pages("/services/hubshare/", "/hub/").compile()
    compiled = _count_compiled(monkeypatch)
    Pages("/services/other/", "/hub/").compile()
    assert compiled == []


def test_a_template_that_has_changed_is_compiled_anew(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    compiled = _count_compiled(monkeypatch)
    for text in ("one", "one", "two"):
        templates = Environment(loader=DictLoader({"changing.html": text}), bytecode_cache=Compiled(), autoescape=True)
        assert templates.get_template("changing.html").render() == text
    assert compiled == ["changing.html"] * 2
