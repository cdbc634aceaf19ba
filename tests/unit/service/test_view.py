"""How pages are made."""

from __future__ import annotations

import pytest
from jinja2 import Environment, TemplateNotFound

from hubshare.service.pages.view import Pages


def test_once_pages_are_prepared_no_template_is_compiled_when_somebody_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    pages = Pages("/services/hubshare/", "/hub/")
    pages.prepare()

    def compile_(self: Environment, *_: object, **__: object) -> None:
        raise AssertionError("compiled")

    monkeypatch.setattr(Environment, "compile", compile_)
    listed = pages.part("files.html.j2", full_name="alice/course", named="latest", path="", above="", rows=[])
    assert "Files in alice/course" in listed
    with pytest.raises(TemplateNotFound):
        pages.part("no.html.j2")
