"""A project of Alice's that Bob follows, and has open in JupyterLab."""

from __future__ import annotations

import json
from typing import Any

from demo.stack import LocalStack
from hubshare.testing.centre import wait_until
from tests.helpers.browsers import Browsers, Person
from tests.helpers.lab import Lab
from tests.helpers.sample import ran


def notebook(*sources: str) -> str:
    """A notebook of code cells for the kernel of Python."""
    cells: list[dict[str, Any]] = [
        {"cell_type": "code", "id": f"c{n}", "metadata": {}, "execution_count": None, "outputs": [], "source": text}
        for n, text in enumerate(sources)
    ]
    kernel = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
    whole = {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(whole, indent=1, sort_keys=True) + "\n"


class Course:
    """A project of Alice's that Bob follows.

    Attributes:
        hers, his: the folders.

    Args:
        auto: whether Bob's folder is synced by itself.
    """

    def __init__(self, stack: LocalStack, name: str, auto: bool = True, **files: str) -> None:
        self.stack, self.name = stack, name
        self.hers, self.his = stack.home("alice") / name, stack.home("bob") / name
        self.hers.mkdir()
        for path, text in files.items():
            (self.hers / path).write_text(text)
        ran(stack, "alice", "share", self.hers, "--with", "bob:writer", "--auto")
        ran(stack, "bob", "checkout", f"alice/{name}", self.his, *(["--auto"] if auto else []))

    def publish(self, path: str, text: str) -> None:
        """Have Alice save a file, and wait until it is published."""
        (self.hers / path).write_text(text)
        ran(self.stack, "alice", "push", self.hers)

    def arrives(self, path: str, text: str) -> None:
        """Wait until a file of Bob's is so."""
        wait_until(lambda: (self.his / path).read_text() == text, f"{path} arrives", 30)

    def arrive_at_hers(self, path: str, text: str) -> None:
        """Wait until a file of Alice's is so."""
        wait_until(lambda: (self.hers / path).read_text() == text, f"{path} comes to alice", 30)

    def conflicts(self) -> list[str]:
        """The paths of Bob's conflicts."""
        return [one["path"] for one in json.loads(ran(self.stack, "bob", "conflicts", self.his, "--json"))["conflicts"]]

    def open(self, browsers: Browsers, path: str) -> Person:
        """Open one of Bob's files in JupyterLab."""
        bob = browsers.again("bob")
        Lab(bob).open().open_file(f"{self.name}/{path}")
        bob.page.wait_for_selector(".jp-FileEditor .cm-content, .jp-Notebook .jp-Cell", timeout=60_000)
        return bob
