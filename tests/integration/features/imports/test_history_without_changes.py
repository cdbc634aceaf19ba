"""A version of a source that changes nothing here is part of its history all the same."""

from __future__ import annotations

from hubshare.client import Client
from hubshare.testing.centre import TestCentre
from tests.helpers.centre_fixture import git, repository_of, sound
from tests.helpers.ended_imports import ended
from tests.helpers.internet import Internet


def test_what_changes_nothing_here_does_not_leave_a_gap_in_the_history(
    centre: TestCentre, client: Client, internet: Internet, name: str
) -> None:
    author = internet.repository(name)
    author.commit({"a.txt": "1\n"})
    made = client.import_project(author.url, name, history=True)
    assert ended(client, made.name).state == "done"
    unseen = author.commit({"a.txt": "1\n"}, message="nothing")
    client.fetch_import(made.name, take=True)
    assert ended(client, made.name).state == "done"
    author.commit({"a.txt": "1\n", "b.txt": "2\n"})
    client.fetch_import(made.name, take=True)
    assert ended(client, made.name).state == "done"
    repository = repository_of(centre, made.name)
    sound(repository)
    assert unseen in git(repository, "rev-list", "main").decode().split()


def test_a_gap_that_is_there_from_before_is_filled_by_the_next_update(
    centre: TestCentre, client: Client, internet: Internet, name: str
) -> None:
    author = internet.repository(name)
    author.commit({"a.txt": "1\n"})
    made = client.import_project(author.url, name, history=True)
    assert ended(client, made.name).state == "done"
    lost = author.commit({"a.txt": "1\n"}, message="nothing")
    for content in ("2\n", "3\n"):
        author.commit({"a.txt": "1\n", "b.txt": content})
        client.fetch_import(made.name, take=True)
        assert ended(client, made.name).state == "done"
    repository = repository_of(centre, made.name)
    (repository / "objects" / lost[:2] / lost[2:]).unlink()
    author.commit({"a.txt": "1\n", "b.txt": "4\n"})
    client.fetch_import(made.name, take=True)
    assert ended(client, made.name).state == "done"
    sound(repository)
    assert lost in git(repository, "rev-list", "main").decode().split()
