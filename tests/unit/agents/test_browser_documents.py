"""Documents in windows of JupyterLab are asked before their file is replaced; one with unsaved edits stays as it is."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hubshare_agents.checkout.open_documents import Documents, IsOpen
from hubshare_agents.jupyter import browser_documents
from hubshare_agents.jupyter.browser_documents import MOST_DOCUMENTS, Window, Windows
from hubshare_agents.jupyter.documents import DocumentServer


class Lab:
    """A window that answers at once, or not at all."""

    def __init__(self, file: Path, standing: str) -> None:
        self.told: list[tuple[str, str]] = []
        self.seen: list[str] = []
        self.answers = True
        self.file, self.standing = file, standing
        self.window = Window(self._hear)
        self.window.hear({"do": "stands", "path": "notes.txt", "standing": standing})

    def _hear(self, message: dict[str, object]) -> None:
        self.told.append((str(message["do"]), str(message["path"])))
        if "id" in message and self.answers:
            if message["do"] == "thaw":
                self.seen.append(self.file.read_text())
            ready = message["do"] == "thaw" or self.standing == "saved"
            self.window.hear({"do": "answer", "id": message["id"], "ready": ready})


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "top").mkdir()
    made = tmp_path / "top" / "notes.txt"
    made.write_text("one\n")
    return made


@contextmanager
def serving(state: Path, *labs: Lab) -> Iterator[None]:
    async def run(begun: asyncio.Event, ended: asyncio.Event) -> None:
        windows = Windows(_nothing)
        for lab in labs:
            assert await windows.add(lab.window)
        server = DocumentServer(windows.documents, labs[0].file.parent, logging.getLogger("jupyter"))
        await server.start(state)
        begun.set()
        await ended.wait()
        server.close()

    loop = asyncio.new_event_loop()
    begun, ended = asyncio.Event(), asyncio.Event()

    def work() -> None:
        loop.run_until_complete(run(begun, ended))

    thread = threading.Thread(target=work)
    thread.start()
    asyncio.run_coroutine_threadsafe(begun.wait(), loop).result(10)
    try:
        yield
    finally:
        loop.call_soon_threadsafe(ended.set)
        thread.join(10)
        for task in asyncio.all_tasks(loop):
            task.cancel()
            loop.run_until_complete(asyncio.wait([task]))
        loop.close()


async def _nothing() -> None:
    """Nothing has to begin."""


def replace(state: Path, file: Path, text: str | None) -> None:
    with Documents(state, file.parent).asking() as asking, asking.replacing(file.name, delete=text is None):
        if text is not None:
            file.write_text(text)


def test_a_saved_document_waits_and_then_takes_in_what_comes(tmp_path: Path, file: Path) -> None:
    lab = Lab(file, "saved")
    with serving(tmp_path, lab):
        replace(tmp_path, file, "two\n")
    assert lab.told == [("freeze", "notes.txt"), ("thaw", "notes.txt")] and lab.seen == ["two\n"]


def test_a_document_with_edits_stays_and_its_window_is_told_at_once(tmp_path: Path, file: Path) -> None:
    lab = Lab(file, "edited")
    with serving(tmp_path, lab), pytest.raises(IsOpen, match="edits that are not saved"):
        replace(tmp_path, file, "two\n")
    assert file.read_text() == "one\n" and lab.told[-1] == ("waits", "notes.txt")


def test_two_windows_with_the_same_file_are_both_asked(tmp_path: Path, file: Path) -> None:
    saved, edited = Lab(file, "saved"), Lab(file, "edited")
    with serving(tmp_path, saved, edited):
        with pytest.raises(IsOpen):
            replace(tmp_path, file, "two\n")
        assert ("thaw", "notes.txt") in saved.told and saved.seen == ["one\n"]
        edited.standing = "saved"
        replace(tmp_path, file, "two\n")
    assert saved.seen[-1] == edited.seen[-1] == "two\n"


def test_a_file_that_is_open_is_not_deleted(tmp_path: Path, file: Path) -> None:
    lab = Lab(file, "saved")
    with serving(tmp_path, lab):
        with pytest.raises(IsOpen, match="deleted in the project"):
            replace(tmp_path, file, None)
        lab.window.hear({"do": "stands", "path": "notes.txt", "standing": "closed"})
        replace(tmp_path, file, None)
    assert lab.told == [("waits", "notes.txt")]


def test_all_windows_that_show_what_people_edit_together_are_told_what_waits(file: Path) -> None:
    windows, labs = Windows(_nothing), [Lab(file, "shared"), Lab(file, "shared"), Lab(file, "saved")]
    for lab in labs:
        assert asyncio.run(windows.add(lab.window))
    # The server knows better than a window how these stand.
    assert [document.path for document in windows.documents()] == ["notes.txt"]
    windows.tell("/notes.txt", deleted=False)
    windows.tell("other.txt", deleted=True)
    assert [lab.told for lab in labs] == [[("waits", "notes.txt")], [("waits", "notes.txt")], []]
    labs[0].window.hear({"do": "stands", "path": "notes.txt", "standing": "closed"})
    windows.tell("notes.txt", deleted=False)
    assert [len(lab.told) for lab in labs] == [1, 2, 0]


def test_a_window_that_does_not_answer_may_have_edits(
    tmp_path: Path, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(browser_documents, "_ANSWER_SECONDS", 0.05)
    lab = Lab(file, "saved")
    lab.answers = False
    with serving(tmp_path, lab), pytest.raises(IsOpen, match="does not say whether all edits are saved"):
        replace(tmp_path, file, "two\n")
    assert file.read_text() == "one\n"


@pytest.mark.parametrize("message", [None, [], 3, {"do": "stands"}, {"do": "answer", "id": "x"}, {"do": "king"}])
def test_what_is_not_understood_is_passed_over(message: Any) -> None:
    window = Window(lambda message: None)
    window.hear(message)
    assert not window.documents


def test_a_window_has_a_bounded_number_of_documents() -> None:
    window = Window(lambda message: None)
    for number in range(MOST_DOCUMENTS + 5):
        window.hear({"do": "stands", "path": str(number), "standing": "saved"})
    assert len(window.documents) == MOST_DOCUMENTS
