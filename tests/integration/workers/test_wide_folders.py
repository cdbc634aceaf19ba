"""A folder of many files is read a few times for a change of all of them, not once for each of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from hubshare_workers.publish.edit import Edited
from hubshare_workers.publish.publication import Publication
from hubshare_workers.publish.publish import publish

from hubshare.git import objects
from hubshare.jobs import Edit
from hubshare.wire.agent import new_id
from tests.helpers.publishing import CHANNELS, Stage

#: Files of a folder whose tree is too large to be kept at hand.
_MANY = 400
#: A change looks at the folder so often at most, however many files of it change.
_MOST = 40


@contextmanager
def counted(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """The sizes of the trees that are read meanwhile."""
    found, real = list[int](), objects._parse_tree

    def parse(data: bytes) -> Any:
        found.append(len(data))
        return real(data)

    with monkeypatch.context() as patch:
        patch.setattr(objects, "_parse_tree", parse)
        yield found


def many(text: str, folder: str = "") -> dict[str, bytes]:
    return {f"{folder}{number:04}.txt": f"{text} {number}".encode() for number in range(_MANY)}


def edit(stage: Stage, **wanted: Any) -> Callable[[], Publication]:
    job = Edit(new_id(), stage.id, "olga", "page", "", "Edit", confirmed=True, **wanted)
    return lambda: Edited(stage.centre, job)


@pytest.mark.parametrize("channel", CHANNELS)
def test_all_files_of_a_wide_folder_are_changed(stage: Stage, channel: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for files in (many("first"), many("second")):
        change = CHANNELS[channel](stage, files)
        with counted(monkeypatch) as trees:
            assert publish(stage.centre, change()).status == "applied"
        assert len(trees) <= _MOST
        assert stage.files() == files


def test_a_wide_folder_is_restored_renamed_and_deleted(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(stage.centre, stage.by_upload(many("first", "wide/"))())
    first = stage.head
    publish(stage.centre, stage.by_upload(many("second", "wide/"))())
    for wanted, there in (
        ({"restore": first}, many("first", "wide/")),
        ({"moves": {"wide": "other"}}, many("first", "other/")),
        ({"deletes": ["other"]}, {}),
    ):
        change = edit(stage, base=stage.head, **wanted)
        with counted(monkeypatch) as trees:
            assert publish(stage.centre, change()).status == "applied"
        assert len(trees) <= _MOST
        assert stage.files() == there


def test_the_contents_of_a_wide_folder_are_handed_out(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(stage.centre, stage.by_upload(many("first"))())
    with counted(monkeypatch) as trees:
        stage.olga.api("POST", f"/packs/{stage.id}", json={"commit": stage.head, "paths": list(many(""))})
    assert len(trees) <= _MOST
