"""What the panel changes on the screen has JupyterLab lay out what has changed, and not a folder of many files again."""

from __future__ import annotations

import json
from pathlib import Path

from playwright.sync_api import Page, expect

from demo.stack import LocalStack
from tests.helpers.browsers import Browsers
from tests.helpers.lab import Lab
from tests.helpers.sample import ran, write

FILES = 400


def laid_out(page: Page) -> list[int]:
    """How many objects of the page the browser had to look at in each layout since the trace was begun."""
    browser = page.context.browser
    assert browser is not None
    events = json.loads(browser.stop_tracing())["traceEvents"]
    return [
        event["args"]["beginData"]["totalObjects"]
        for event in events
        if event["name"] == "Layout" and "beginData" in event.get("args", {})
    ]


def test_a_change_of_the_chip_lays_out_the_chip_alone(stack: LocalStack, browsers: Browsers) -> None:
    folder: Path = stack.home("alice") / "wide"
    files = {f"{number:03}.txt": b"a\n" for number in range(FILES)}
    write(folder, files | {"inside/a.txt": b"a\n", "inside/b.txt": b"b\n"})
    ran(stack, "alice", "share", folder)
    alice = Lab(browsers("alice")).open("wide")
    (folder / "inside/a.txt").write_text("edited")
    expect(alice.chip).to_contain_text("1 to push")
    expect(alice.mark("inside")).to_be_visible()
    assert (
        alice.item("000.txt").evaluate("row => row.nextElementSibling.offsetTop - row.offsetTop - row.offsetHeight")
        == 0
    )
    browser = alice.page.context.browser
    assert browser is not None
    browser.start_tracing(page=alice.page, categories=["devtools.timeline"])
    # The folder has its mark already.
    (folder / "inside/b.txt").write_text("edited")
    expect(alice.chip).to_contain_text("2 to push")
    found = laid_out(alice.page)
    assert found and max(found) < FILES, found
