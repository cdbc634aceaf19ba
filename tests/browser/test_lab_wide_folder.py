"""What the panel changes on the screen has JupyterLab lay out what has changed, and not a folder of many files again."""

from __future__ import annotations

import json
from pathlib import Path

from playwright.sync_api import Page, expect

from demo.stack import LocalStack
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


def most_laid_out(alice: Lab, edited: Path) -> int:
    """How many objects were laid out at once, at most, while one more file was edited and the chip said so."""
    browser = alice.page.context.browser
    assert browser is not None
    number = int("".join(filter(str.isdigit, alice.chip.inner_text())))
    browser.start_tracing(page=alice.page, categories=["devtools.timeline"])
    edited.write_text("edited")
    expect(alice.chip).to_contain_text(f"{number + 1} to push")
    # What it says is laid out with the next frame.
    alice.page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    return max(laid_out(alice.page))


def test_a_change_of_the_chip_lays_out_the_chip_alone(stack: LocalStack, alice: Lab) -> None:
    folder: Path = stack.home("alice") / "wide"
    files = {f"{number:03}.txt": b"a\n" for number in range(FILES)}
    write(folder, files | {f"inside/{name}.txt": b"a\n" for name in "abcd"})
    ran(stack, "alice", "share", folder)
    alice.open("wide")
    (folder / "inside/a.txt").write_text("edited")
    expect(alice.chip).to_contain_text("1 to push")
    expect(alice.mark("inside")).to_be_visible()
    assert (
        alice.item("000.txt").evaluate("row => row.nextElementSibling.offsetTop - row.offsetTop - row.offsetHeight")
        == 0
    )
    # The folder has its mark already. JupyterLab lays all of it out every ten seconds: it will not in each of three tries.
    widest = [most_laid_out(alice, folder / f"inside/{name}.txt") for name in "bcd"]
    assert min(widest) < FILES, widest
