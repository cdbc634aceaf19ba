"""A worker dies while a fork takes what is new at its origin, or somebody loses access to it at that moment."""

from __future__ import annotations

from typing import Any

import pytest
from hubshare_workers.publish import publish as publishing
from hubshare_workers.publish.from_origin import FromOrigin
from hubshare_workers.publish.publication import PublishOutcome

from hubshare.bus.bus import Bus
from hubshare.git.repository import Repository
from hubshare.jobs import OriginPull
from hubshare.store.models import Grant
from hubshare.testing.centre import TestCentre
from hubshare.wire.agent import new_id
from tests.helpers.centre_fixture import published, repository_of, sound
from tests.helpers.page_visitors import Shared, doors


class Killed(BaseException):
    """The process has died."""


def after(owner: Any, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the worker die right after it has called something."""
    real = getattr(owner, name)

    def dying(*args: Any, **more: Any) -> None:
        real(*args, **more)
        raise Killed

    monkeypatch.setattr(owner, name, dying)


POINTS = {
    "the objects": lambda patch: after(Repository, "install_files", patch),
    "the transaction": lambda patch: after(publishing, "_write", patch),
    "the copy of the branch": lambda patch: after(Repository, "mirror", patch),
    "the answer": lambda patch: after(Bus, "send", patch),
}
_NEW = {f"{number}.txt": b"%d" % number for number in range(50)}


def _prepared(centre: TestCentre) -> tuple[str, Shared, str, OriginPull]:
    """A fork of Fay's of which much is new at the origin: its name, the origin, the fork's id, and the job that takes it."""
    name = f"o{new_id()[:8]}"
    origin = Shared(centre, "oda", name, grants={"fay": "reader"})
    origin.push({"a.txt": b"first"})
    fay = Shared.__new__(Shared)
    fay.centre, fay.owner = centre, "fay"
    made = fay.api("POST", f"projects/{origin.full}/forks", json={}).json()
    origin.push({"a.txt": b"first", **_NEW})
    pull = OriginPull(
        id=new_id(),
        project=made["id"],
        user="fay",
        door="page",
        token="",
        message="Take what is new at the origin",
        commit=origin.commit,
        version=2,
    )
    return made["name"], origin, made["id"], pull


def _take(centre: TestCentre, pull: OriginPull) -> PublishOutcome:
    return publishing.publish(centre.centre, FromOrigin(centre.centre, pull))


@pytest.mark.parametrize("point", POINTS)
def test_a_pull_from_an_origin_that_is_cut_short_is_made_good_when_it_comes_again(
    centre: TestCentre, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    full, _, project, pull = _prepared(centre)
    with monkeypatch.context() as patch, pytest.raises(Killed):
        POINTS[point](patch)
        _take(centre, pull)
    answer = _take(centre, pull)
    assert (answer.status, answer.number) == ("applied", 2)
    assert published(centre, full) == {"a.txt": b"first", **_NEW}
    assert [action for action, _ in doors(centre, project_id=project)].count("project.push") == 2
    assert not list(repository_of(centre, full).glob("*.tmp")), "nothing is left of what was copied"
    # In another second it is another commit.
    sound(repository_of(centre, full), dangling=True)


def test_who_loses_access_to_the_origin_while_it_is_copied_gets_nothing(
    centre: TestCentre, monkeypatch: pytest.MonkeyPatch
) -> None:
    full, origin, project, pull = _prepared(centre)
    real = publishing._write

    def late(*args: Any, **more: Any) -> bool:
        with centre.centre.database.begin() as session:
            grant = session.get(Grant, (origin.id, "user", "fay"))
            if grant is not None:
                session.delete(grant)
        return real(*args, **more)

    monkeypatch.setattr(publishing, "_write", late)
    answer = _take(centre, pull)
    assert (answer.status, answer.code) == ("refused", "not-found") and origin.full not in answer.message
    assert published(centre, full) == {"a.txt": b"first"}
    assert [action for action, _ in doors(centre, project_id=project)].count("project.push") == 1
