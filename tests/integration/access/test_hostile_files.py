"""Files and summaries of hostile names: listed, served and archived as they are called."""

from __future__ import annotations

import io
import tarfile
import zipfile
from typing import Any

import pytest

from hubshare.testing.centre import TestCentre
from hubshare.wire.agent import Push
from tests.helpers.access_fixture import Stages
from tests.helpers.access_template import FILES as PUBLISHED
from tests.helpers.pushing import apply_push

pytestmark = pytest.mark.both_databases

FILES = [
    "<script>alert(1)<script>.md",
    '"><img src=x onerror=alert(1)>.ipynb',
    "a b?c#d%00&e=f.txt",
    "%2e%2e%2fx",
    "'; DROP TABLE projects; --",
    "\u202egnp.exe",
    "a\u200bb",
    "e\u0301",
    "é",
    "🎉" * 60,
    "-rf",
    "CON",
    "x" * 255,
    " leading and trailing ",
    "$(touch x)`touch y`",
    "{{7*7}}",
]


def test_files_of_hostile_names_are_listed_served_and_archived_as_they_are_called(
    stages: Stages, centre: TestCentre
) -> None:
    stage = stages.new()
    commit, pack = stage.snapshot(stage.owner, PUBLISHED | {name: name.encode() for name in FILES})
    push = Push(project=stage.id, checkout=stage.checkouts[stage.owner], commit=commit)
    outcome = apply_push(centre.centre, stage.owner, push, pack)
    assert outcome.status == "applied", outcome

    def get(route: str, **params: str) -> Any:
        answer = stage.api(stage["reader"].token, "GET", f"/projects/{stage.full}/{route}", params=params)
        assert answer.is_success and answer.headers["x-content-type-options"] == "nosniff"
        return answer

    tree = get("tree")
    assert tree.headers["content-type"] == "application/json"
    assert {row["path"] for row in tree.json()["items"]} == {*FILES, "a.txt", "sub"}
    for name in FILES:
        assert get("entry", path=name).json()["path"] == name
        file = get("file", path=name)
        assert file.content == name.encode() and file.headers["content-disposition"] == "attachment"
        assert file.headers["content-type"] == "application/octet-stream"
    top = f"{stage.name}-v2"
    with zipfile.ZipFile(io.BytesIO(get("archive").content)) as archive:
        assert {*archive.namelist()} == {f"{top}/{name}" for name in [*FILES, "a.txt", "sub/b.txt"]}
    with tarfile.open(fileobj=io.BytesIO(get("archive", format="tar").content)) as tar:
        assert {*tar.getnames()} == {f"{top}/{name}" for name in [*FILES, "a.txt", "sub/b.txt"]}


def test_a_summary_of_markup_is_listed_as_it_is(stages: Stages, centre: TestCentre) -> None:
    stage = stages.new()
    words = "<script>alert(1)</script> & \u202e"
    commit, pack = stage.snapshot(stage.owner, PUBLISHED | {"x": b"x"}, words + "\n")
    push = Push(project=stage.id, checkout=stage.checkouts[stage.owner], commit=commit)
    outcome = apply_push(centre.centre, stage.owner, push, pack)
    assert outcome.status == "applied", outcome
    answer = stage.api(stage["reader"].token, "GET", f"/projects/{stage.full}/versions")
    assert answer.headers["content-type"] == "application/json" and answer.json()["items"][0]["summary"] == words
