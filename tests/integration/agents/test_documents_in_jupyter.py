"""Documents that are open in JupyterLab while others publish: no key that is pressed is lost.

Real servers with jupyter-collaboration and with jupyter-server-documents. Where `saves` is off, what is typed stays unsaved.
"""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any, get_args

import nbformat
import pytest
from hubshare_agents.agent_process import documents_folder

from hubshare.testing.centre import TestCentre, wait_until
from tests.helpers.centre_fixture import Home, content, published
from tests.helpers.jupyter_server import LIBRARIES, Extension, JupyterServer
from tests.helpers.panel import Panel

pytestmark = pytest.mark.skipif(
    not LIBRARIES.is_dir(), reason="the extensions in which people edit documents together are installed by `make test`"
)
UNSAVED = "it is open in JupyterLab with edits that are not saved; save or close it there"
_numbers = count()


class Course:
    """A project that Alice has open in her server, in auto, and Bob pushes to by hand."""

    def __init__(self, server: JupyterServer, bob: Home, files: dict[str, bytes | str]) -> None:
        self.server, self.alice, self.bob = server, server.home, bob
        self.name = f"course{next(_numbers)}"
        self.project = f"{self.alice.user}/{self.name}"
        self.hers, _ = self.alice.share(self.name, files)
        assert self.alice.run("grant", self.project, bob.user, "writer").returncode == 0
        self.alice.ask("auto", folder=str(self.hers), on=True)
        self.his = bob.checkout(self.project, f"{self.name}-of-{self.alice.user}")

    def publish(self, **files: str | None) -> None:
        """Bob changes files, or deletes them, and pushes."""
        for path, text in files.items():
            target = self.his / path.replace("__", ".")
            target.unlink() if text is None else target.write_text(text)
        self.bob.ask("push", folder=str(self.his))

    def held(self) -> dict[str, str]:
        """What `hubshare status` says is left alone."""
        found: dict[str, str] = self.alice.ask("status", folder=str(self.hers))["held"]
        return found


@contextmanager
def server_with(extension: Extension, centre: TestCentre, folder: Path, saves: bool) -> Iterator[JupyterServer]:
    short = {"jupyter_server_ydoc": "yara", "jupyter_server_documents": "dora"}[extension]
    home = Home(folder / short, f"{short}{'' if saves else '-by-hand'}", centre.url)
    with JupyterServer(home, extension, saves) as server:
        yield server


@pytest.fixture(scope="module", params=get_args(Extension))
def by_hand(
    request: pytest.FixtureRequest, centre: TestCentre, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[JupyterServer]:
    """A server that saves nothing by itself."""
    with server_with(request.param, centre, tmp_path_factory.mktemp("j"), saves=False) as server:
        yield server


@pytest.mark.parametrize("extension", get_args(Extension))
def test_who_types_while_somebody_publishes_loses_no_key(
    extension: Extension, centre: TestCentre, bob: Home, tmp_path_factory: pytest.TempPathFactory
) -> None:
    # Its own path would be too long for the agent's socket where several processes run the tests.
    with server_with(extension, centre, tmp_path_factory.mktemp("k"), saves=True) as server:
        course = Course(server, bob, {"notes.txt": "one\ntwo\n", "other.txt": "1\n"})
        with server.open(f"{course.name}/notes.txt") as alice:
            alice.begin_typing("k", 60)
            with server.open(f"{course.name}/notes.txt") as somebody:
                wait_until(lambda: "k" * 5 in somebody.read(), "she types")
            course.publish(notes__txt="ONE\ntwo\n", other__txt="2\n")
            wait_until(lambda: content(course.hers)["other.txt"] == b"2\n", "the rest of his push is there")
            assert alice.typed().count("k") == 60
            wait_until(lambda: content(course.hers)["notes.txt"].count(b"k") == 60, "all she typed is saved")
            assert alice.read().count("k") == 60
            # Either it came to be a conflict, or both are there; nothing is on its way any more.
            wait_until(lambda: _settled(course), "her side is a conflict or published")
            if not course.alice.ask("status", folder=str(course.hers))["conflicts"]:
                assert published(centre, course.project)["notes.txt"].count(b"k") == 60


def _settled(course: Course) -> bool:
    state = course.alice.ask("status", folder=str(course.hers))
    return not (state["outgoing"] or state["incoming"] or state["held"] or state["pushing"])


def test_an_unsaved_document_is_left_alone_and_named_and_the_rest_of_the_update_arrives(
    by_hand: JupyterServer, bob: Home
) -> None:
    course = Course(by_hand, bob, {"notes.txt": "one\n", "other.txt": "1\n"})
    with by_hand.open(f"{course.name}/notes.txt") as alice:
        assert alice.type("k") == "one\nk"
        course.publish(notes__txt="ONE\n", other__txt="2\n")
        wait_until(lambda: content(course.hers)["other.txt"] == b"2\n", "the rest is there")
        assert course.held() == {"notes.txt": UNSAVED}
        said = course.alice.run("status", cwd=course.hers).stdout
        assert f"notes.txt: {UNSAVED}" in said
        assert "in sync" not in said
        assert content(course.hers)["notes.txt"] == b"one\n"
        assert alice.read() == "one\nk"


def test_all_who_have_a_document_open_are_told_in_it_what_waits(by_hand: JupyterServer, bob: Home) -> None:
    course = Course(by_hand, bob, {"notes.txt": "one\n", "old.txt": "old\n"})
    notes, old = f"{course.name}/notes.txt", f"{course.name}/old.txt"
    panel = Panel(by_hand.url, by_hand.headers)
    with by_hand.open(notes) as alice, by_hand.open(old), panel.shows(notes, old) as one, panel.shows(notes) as other:
        alice.type("k")
        course.publish(notes__txt="ONE\n", old__txt=None)
        told = [one.next(), one.next()]
        assert {"do": "waits", "path": notes, "deleted": False} in told
        assert {"do": "waits", "path": old, "deleted": True} in told
        assert other.next() == {"do": "waits", "path": notes, "deleted": False}
        assert alice.read() == "one\nk"


# The other extension saves what was taken back as well, which here it does not do by itself.
@pytest.mark.parametrize("by_hand", ["jupyter_server_ydoc"], indirect=True)
def test_an_edit_that_is_taken_back_holds_an_update_up_no_longer(by_hand: JupyterServer, bob: Home) -> None:
    course = Course(by_hand, bob, {"notes.txt": "one\n", "other.txt": "1\n"})
    with by_hand.open(f"{course.name}/notes.txt") as alice:
        alice.type("k")
        course.publish(notes__txt="ONE\n")
        wait_until(lambda: course.held() == {"notes.txt": UNSAVED}, "the update waits")
        alice.erase(1)
        wait_until(lambda: alice.read() == "ONE\n", "the document shows the update")
        wait_until(lambda: content(course.hers)["notes.txt"] == b"ONE\n", "and so does the file")
        assert course.held() == {}


def test_a_document_without_edits_shows_an_update_at_once_and_what_is_typed_then_stays(
    by_hand: JupyterServer, bob: Home
) -> None:
    course = Course(by_hand, bob, {"notes.txt": "one\ntwo\n"})
    with by_hand.open(f"{course.name}/notes.txt") as alice:
        assert alice.read() == "one\ntwo\n"
        course.publish(notes__txt="ONE\ntwo\n")
        wait_until(lambda: alice.read() == "ONE\ntwo\n", "the document shows the update")
        assert alice.type("k") == "ONE\ntwo\nk"
        course.publish(notes__txt="ONE\nTWO\n")
        wait_until(lambda: course.held() == {"notes.txt": UNSAVED}, "the next one waits")
        assert alice.read() == "ONE\ntwo\nk"


def test_a_pull_by_hand_names_the_document_that_it_leaves_alone(by_hand: JupyterServer, bob: Home) -> None:
    course = Course(by_hand, bob, {"notes.txt": "one\n"})
    course.alice.ask("auto", folder=str(course.hers), on=False)
    with by_hand.open(f"{course.name}/notes.txt") as alice:
        alice.type("k")
        course.publish(notes__txt="ONE\n")
        done = course.alice.run("pull", cwd=course.hers)
        assert f"notes.txt: {UNSAVED}" in done.stdout
        assert alice.read() == "one\nk"
        assert course.held() == {"notes.txt": UNSAVED}


def test_an_earlier_version_is_not_restored_into_an_unsaved_document(by_hand: JupyterServer, bob: Home) -> None:
    course = Course(by_hand, bob, {"notes.txt": "one\n"})
    course.publish(notes__txt="two\n")
    wait_until(lambda: content(course.hers)["notes.txt"] == b"two\n", "she has version 2")
    with by_hand.open(f"{course.name}/notes.txt") as alice:
        alice.type("k")
        assert UNSAVED in course.alice.fault("restore", "notes.txt", "--version", "1", cwd=course.hers)
        assert alice.read() == "two\nk"


def test_a_version_that_is_restored_is_shown_in_the_open_document(by_hand: JupyterServer, bob: Home) -> None:
    course = Course(by_hand, bob, {"notes.txt": "one\n"})
    course.publish(notes__txt="two\n")
    wait_until(lambda: content(course.hers)["notes.txt"] == b"two\n", "she has version 2")
    with by_hand.open(f"{course.name}/notes.txt") as alice:
        assert course.alice.run("restore", "notes.txt", "--version", "1", cwd=course.hers).returncode == 0
        assert alice.read() == "one\n"


def test_a_file_that_somebody_deletes_stays_while_it_is_open(by_hand: JupyterServer, bob: Home) -> None:
    course = Course(by_hand, bob, {"notes.txt": "one\n", "other.txt": "1\n"})
    with by_hand.open(f"{course.name}/notes.txt") as alice:
        course.publish(notes__txt=None, other__txt="2\n")
        wait_until(lambda: content(course.hers).get("other.txt") == b"2\n", "the rest is there")
        assert course.held() == {
            "notes.txt": "it was deleted in the project and is open in JupyterLab; close it there, or save an edit to keep it"
        }
        assert content(course.hers)["notes.txt"] == b"one\n"
        assert alice.read() == "one\n"
    wait_until(lambda: "notes.txt" not in content(course.hers), "it is deleted when it was closed")


def test_an_unsaved_cell_outlives_an_update_of_another_cell(by_hand: JupyterServer, bob: Home) -> None:
    course = Course(by_hand, bob, {"week.ipynb": notebook("a = 1", "b = 2", "c = 3")})
    with by_hand.open(f"{course.name}/week.ipynb") as alice:
        changed = json.loads((course.his / "week.ipynb").read_text())
        changed["cells"][0]["source"] = "a = 100"
        course.publish(week__ipynb=json.dumps(changed))
        # Without edits of her own it is shown, whatever JupyterLab has made of the notebook while it read it.
        wait_until(lambda: sources(alice.read())[0] == "a = 100", "the update is shown")
        alice.type("4", cell=2)
        changed["cells"][0]["source"] = "a = 200"
        course.publish(week__ipynb=json.dumps(changed))
        wait_until(lambda: course.held() == {"week.ipynb": UNSAVED}, "the next one waits")
        assert sources(alice.read()) == ["a = 100", "b = 2", "c = 34"]


def notebook(*cells: str) -> str:
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in cells])
    return str(nbformat.writes(made))


def sources(found: dict[str, Any]) -> list[str]:
    return [cell["source"] for cell in found["cells"]]


def test_nothing_is_replaced_while_the_server_does_not_answer(by_hand: JupyterServer, bob: Home) -> None:
    course = Course(by_hand, bob, {"notes.txt": "one\n"})
    with by_hand.open(f"{course.name}/notes.txt") as alice:
        alice.type("k")
        by_hand.process.send_signal(signal.SIGSTOP)
        try:
            course.publish(notes__txt="ONE\n")
            silent = "the Jupyter server in which it may be open does not answer; it is tried again by itself"
            wait_until(lambda: course.held() == {"notes.txt": silent}, "the update waits")
            assert content(course.hers)["notes.txt"] == b"one\n"
        finally:
            by_hand.process.send_signal(signal.SIGCONT)
        wait_until(lambda: course.held() == {"notes.txt": UNSAVED}, "it answers again")
        assert alice.read() == "one\nk"


def test_a_server_without_such_an_extension_is_never_asked(
    centre: TestCentre, bob: Home, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with JupyterServer(Home(tmp_path_factory.mktemp("p"), "paula", centre.url), None) as server:
        course = Course(server, bob, {"notes.txt": "one\n"})
        course.publish(notes__txt="ONE\n")
        wait_until(lambda: content(course.hers)["notes.txt"] == b"ONE\n", "the update is there")
        assert not documents_folder(server.home.state).exists()
