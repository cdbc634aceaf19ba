"""Files that may be open in a Jupyter server are asked for before they are replaced; without an answer they stay."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from hubshare_agents.agent_process import documents_folder
from hubshare_agents.checkout import open_documents
from hubshare_agents.checkout.open_documents import Documents, IsOpen
from hubshare_agents.checkout.pause import Pause
from hubshare_agents.checkout.status import describe
from hubshare_agents.jupyter import documents
from hubshare_agents.unix_sockets import listen
from pydantic import BaseModel

from hubshare.testing.centre import wait_until
from hubshare.testing.world import Member, World
from tests.helpers.open_documents import OpenText, jupyter


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.close()


def pair(world: World, **files: str) -> tuple[Member, Member]:
    """Alice and Bob, who both have these files."""
    alice, bob = world.join("alice"), world.join("bob")
    for path, text in files.items():
        alice.write(path, text)
    world.settle()
    return alice, bob


def held(member: Member) -> dict[str, str]:
    """What `hubshare status` says is left alone."""
    return describe(member.local, Pause(), "", "").held


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = tmp_path / "notes.txt"
    made.write_text("one\n")
    return made


def replace(state: Path, file: Path, text: str) -> None:
    """Replace a file as an agent does."""
    with Documents(state, file.parent).asking() as asking, asking.replacing(file.name):
        file.write_text(text)


def test_nothing_is_asked_where_no_server_listens(tmp_path: Path, file: Path) -> None:
    replace(tmp_path, file, "two\n")
    assert file.read_text() == "two\n"
    assert not documents_folder(tmp_path).exists()


def test_a_document_without_edits_takes_in_what_comes(tmp_path: Path, file: Path) -> None:
    with jupyter(tmp_path) as rooms:
        rooms.append(OpenText(file))
        replace(tmp_path, file, "two\n")
        assert rooms[0].document.text == "two\n"
        assert not rooms[0].lock.locked()


def test_an_unsaved_document_stays(tmp_path: Path, file: Path) -> None:
    with jupyter(tmp_path) as rooms:
        rooms.append(OpenText(file))
        rooms[0].document.text += "k"
        with pytest.raises(IsOpen, match="not saved"):
            replace(tmp_path, file, "two\n")
        assert file.read_text() == "one\n"
        assert not rooms[0].lock.locked()


def test_each_of_several_servers_is_asked(tmp_path: Path, file: Path) -> None:
    with jupyter(tmp_path) as first, jupyter(tmp_path) as second:
        first.append(OpenText(file))
        second.append(OpenText(file))
        for rooms in (first, second):
            rooms[0].document.text = "one\nk"
            with pytest.raises(IsOpen):
                replace(tmp_path, file, "two\n")
            rooms[0].document.text = "one\n"
        replace(tmp_path, file, "two\n")
        assert [first[0].document.text, second[0].document.text] == ["two\n", "two\n"]


def test_a_file_that_is_open_twice_stays(tmp_path: Path, file: Path) -> None:
    with jupyter(tmp_path) as rooms:
        rooms += [OpenText(file), OpenText(file)]
        with pytest.raises(IsOpen, match="does not say"):
            replace(tmp_path, file, "two\n")


def test_a_document_that_is_opened_while_its_file_is_replaced_shows_the_new_version(tmp_path: Path, file: Path) -> None:
    with jupyter(tmp_path) as rooms:
        with Documents(tmp_path, file.parent).asking() as asking, asking.replacing(file.name):
            rooms.append(OpenText(file))
            file.write_text("two\n")
        wait_until(lambda: rooms[0].document.text == "two\n", "the document goes on")


def test_a_server_is_not_asked_for_each_of_many_files_that_nobody_has_open(
    tmp_path: Path, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # However long replacing them takes.
    monkeypatch.setattr(open_documents, "_LISTED_SECONDS", 600)
    said: list[str] = []
    say = open_documents._Server._say

    def listen_to(server: open_documents._Server, request: BaseModel) -> None:
        said.append(type(request).__name__)
        say(server, request)

    monkeypatch.setattr(open_documents._Server, "_say", listen_to)
    names = [f"{number}.txt" for number in range(1000)]
    with jupyter(tmp_path) as rooms:
        rooms.append(OpenText(file))
        with Documents(tmp_path, file.parent).asking() as asking:
            for name in [*names, file.name]:
                with asking.replacing(name):
                    (file.parent / name).write_text("two\n")
        assert rooms[0].document.text == "two\n"
    assert said.count("Replace") == 1 and len(said) < 20


def test_a_document_that_is_opened_later_than_what_is_open_was_asked_shows_the_new_version(
    tmp_path: Path, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(open_documents, "_LISTED_SECONDS", 600)
    other = file.with_name("other.txt")
    with jupyter(tmp_path) as rooms:
        with Documents(tmp_path, file.parent).asking() as asking:
            with asking.replacing(other.name):
                other.write_text("other\n")
            rooms.append(OpenText(file))
            with asking.replacing(file.name):
                file.write_text("two\n")
        wait_until(lambda: rooms[0].document.text == "two\n", "the document goes on")


def test_a_file_that_was_opened_a_while_ago_is_asked_for(
    tmp_path: Path, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(open_documents, "_LISTED_SECONDS", 0)
    with jupyter(tmp_path) as rooms, Documents(tmp_path, file.parent).asking() as asking:
        with asking.replacing("other.txt"):
            pass
        rooms.append(OpenText(file))
        rooms[0].document.text += "k"
        with pytest.raises(IsOpen, match="not saved"), asking.replacing(file.name):
            file.write_text("two\n")
    assert file.read_text() == "one\n"


def test_what_a_server_may_have_open_stays_while_it_does_not_answer(
    tmp_path: Path, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(open_documents, "_ANSWER_SECONDS", 0.05)
    with listen(documents_folder(tmp_path) / "silent") as silent:
        silent.listen()
        documents = Documents(tmp_path, file.parent)
        with documents.asking() as asking:
            for _ in range(3):
                with pytest.raises(IsOpen, match="does not answer"), asking.replacing(file.name):
                    file.write_text("two\n")
        assert documents.reasons([file.name], []).keys() == {file.name}
        assert file.read_text() == "one\n"
        # It was not waited for again and again.
        assert len(list(_waiting(silent))) == 2


def _waiting(server: socket.socket) -> Iterator[socket.socket]:
    server.setblocking(False)
    while True:
        try:
            connection, _ = server.accept()
        except BlockingIOError:
            return
        with connection:
            yield connection


def test_a_server_that_has_died_is_not_waited_for(tmp_path: Path, file: Path) -> None:
    with listen(documents_folder(tmp_path) / "dead") as dead:
        dead.listen()
    replace(tmp_path, file, "two\n")
    assert file.read_text() == "two\n"


def test_a_document_goes_on_when_the_agent_dies_while_it_replaces_the_file(tmp_path: Path, file: Path) -> None:
    with jupyter(tmp_path) as rooms:
        rooms.append(OpenText(file))
        asking = open_documents.Asking(documents_folder(tmp_path), file.parent)
        replacing = asking.replacing(file.name)
        replacing.__enter__()
        assert rooms[0].lock.locked()
        file.write_text("two\n")
        asking.close()
        wait_until(lambda: not rooms[0].lock.locked(), "the document goes on")
        assert rooms[0].document.text == "two\n"


def test_a_document_does_not_wait_for_long_for_an_agent_that_was_stopped(
    tmp_path: Path, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(documents, "_REPLACE_SECONDS", 0.05)
    with jupyter(tmp_path) as rooms:
        rooms.append(OpenText(file))
        with Documents(tmp_path, file.parent).asking() as asking, asking.replacing(file.name):
            wait_until(lambda: not rooms[0].lock.locked(), "the document goes on")


def test_a_folder_waits_for_the_document_in_its_place(world: World) -> None:
    alice, bob = pair(world, a="one\n", b="1\n")
    with jupyter(bob.state) as rooms:
        rooms.append(OpenText(bob.root / "a"))
        (alice.root / "a").unlink()
        alice.write("a/x", "new\n")
        alice.write("b", "2\n")
        world.settle()
        assert bob.files() == {"a": "one\n", "b": "2\n"}
        rooms.clear()
        world.settle()
        assert bob.files() == {"a/x": "new\n", "b": "2\n"}


def test_a_file_waits_for_the_document_in_the_folder_in_its_place(world: World) -> None:
    alice, bob = pair(world, **{"a/x": "one\n", "a/y": "two\n"})
    with jupyter(bob.state) as rooms:
        rooms.append(OpenText(bob.root / "a/x"))
        for name in ("x", "y"):
            (alice.root / "a" / name).unlink()
        (alice.root / "a").rmdir()
        alice.write("a", "file\n")
        world.settle()
        assert bob.files() == {"a/x": "one\n"}
        assert held(bob)["a/x"].startswith("it was deleted in the project")
        rooms.clear()
        world.settle()
        assert bob.files() == {"a": "file\n"}


def test_a_policy_neither_overwrites_an_unsaved_document_nor_keeps_its_file_again_and_again(world: World) -> None:
    alice, bob = pair(world, a="one\n", b="1\n")
    bob.set_policy("theirs")
    with jupyter(bob.state) as rooms:
        rooms.append(OpenText(bob.root / "a"))
        alice.write("a", "ONE\n")
        alice.write("b", "2\n")
        alice.work()
        world.apply()
        bob.write("a", "mine\n")
        rooms[0].document.text = "mine and unsaved\n"
        world.settle()
        assert bob.files() == {"a": "mine\n", "b": "2\n"}
        assert bob.local.index.kept("a") == []
        rooms[0].document.text = "mine\n"
        world.settle()
        assert (bob.files()["a"], rooms[0].document.text) == ("ONE\n", "ONE\n")


def test_a_pick_of_theirs_waits_for_an_unsaved_document(world: World) -> None:
    alice, bob = pair(world, a="one\n")
    bob.write("a", "mine\n")
    alice.write("a", "ONE\n")
    world.settle()
    [(path, _)] = [*alice.conflicts().items(), *bob.conflicts().items()]
    loser = bob if bob.conflicts() else alice
    with jupyter(loser.state) as rooms:
        rooms.append(OpenText(loser.root / path))
        rooms[0].document.text += "k"
        with pytest.raises(Exception, match="being edited"):
            loser.resolve("theirs", "a")
        assert loser.conflicts().keys() == {"a"}
