"""What is asked about deletions, as somebody sees it who follows a checkout that is synced by hand."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from hubshare.testing.centre import TestCentre
from tests.helpers.centre_fixture import Home, Refused
from tests.helpers.jupyter_server import JupyterServer
from tests.helpers.panel import Panel


@pytest.fixture
def server(centre: TestCentre, tmp_path_factory: pytest.TempPathFactory) -> Iterator[JupyterServer]:
    home = Home(tmp_path_factory.mktemp("q") / "quentin", "quentin", centre.url)
    with JupyterServer(home, None) as started:
        yield started


def test_a_question_is_gone_when_the_files_are_back_and_only_what_was_shown_is_confirmed(server: JupyterServer) -> None:
    panel = Panel(server.url, server.headers)
    folder = server.home.folder("many", {f"{number:02}.txt": f"{number}\n" for number in range(20)})
    panel.call("share", folder="many")
    with panel.follow() as events:
        for number in range(12):
            (folder / f"{number:02}.txt").unlink()
        with pytest.raises(Refused, match="12 files"):
            panel.call("push", folder="many")
        assert events.of(folder, lambda one: one["question"] == "push")["paused"].startswith("12 files")

        # It is told that the question is another one by now, and what was never shown is not confirmed by a yes.
        (folder / "12.txt").unlink()
        events.of(folder, lambda one: one["paused"].startswith("13 files"))
        with pytest.raises(Refused, match="13 files"):
            panel.call("push", folder="many", confirm=True)

        panel.call("restore", folder="many", path=".")
        events.of(folder, lambda one: one["paused"] == one["question"] == "" and one["counts"]["outgoing"] == 0)
