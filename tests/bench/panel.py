"""What the panel costs in a browser: JupyterLab's start, and a large folder that changes; with and without it, in turn."""

from __future__ import annotations

import json
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import CDPSession, Page, expect, sync_playwright
from rich.console import Console

from demo.stack import LocalStack
from hubshare.errors import Unavailable
from hubshare.testing.centre import wait_until
from tests.helpers.browsers import Browsers, Person, find_chromium
from tests.helpers.lab import Lab

STARTS, ROUNDS = 9, 3
FILES, CHANGES = 10_000, 500
#: So long it is watched what follows a start.
_AFTER_START_SECONDS = 3
#: The same for changes: JupyterLab looks every 10 s for what is new in a folder, and draws it.
_AFTER_CHANGES_SECONDS = 14
#: JupyterLab's own longest task differs so much between two runs without the panel.
_NOISE = 1.1
_TRACED = ["devtools.timeline", "disabled-by-default-devtools.timeline", "v8"]
#: How often the profiler looks which function runs, in microseconds.
_LOOK_MICROSECONDS = 200

Row = tuple[str, str, str, bool | None]

#: Takes the panel out of what JupyterLab loads, before it has begun to.
_WITHOUT = """
new MutationObserver((_, observer) => {
  const config = document.getElementById("jupyter-config-data");
  if (config?.nextSibling) {
    const options = JSON.parse(config.textContent);
    options.federated_extensions = options.federated_extensions.filter(one => one.name !== "hubshare-lab");
    config.textContent = JSON.stringify(options);
    observer.disconnect();
  }
}).observe(document, { childList: true, subtree: true });
"""
#: Notes when files are shown.
_WATCH = """
window.shown = 0;
const look = () => {
  const covered = document.querySelector("#jupyterlab-splash:not(.splash-fade)");
  if (document.querySelector(".jp-DirListing-item")?.offsetHeight && !covered) window.shown = performance.now();
  else requestAnimationFrame(look);
};
requestAnimationFrame(look);
"""


@dataclass
class Cost:
    """What was measured, a figure for each time; in ms.

    Attributes:
        taken: until files were shown.
        thread: processor time of the page's main thread.
        longest: processor time of the longest task on it.
    """

    taken: list[float] = field(default_factory=list)
    thread: list[float] = field(default_factory=list)
    longest: list[float] = field(default_factory=list)


def medians(costs: dict[bool, Cost], figure: str) -> tuple[float, float]:
    """A figure without the panel, and with it."""
    bare, full = (float(statistics.median(getattr(costs[with_panel], figure))) for with_panel in (False, True))
    return bare, full


def panel(console: Console) -> list[Row]:
    """Measure both; no rows where there is no browser.

    Args:
        console: where progress is told.
    """
    try:
        find_chromium()
    except Unavailable as error:
        return [("the panel in JupyterLab", error.message, "", None)]
    with (
        tempfile.TemporaryDirectory(prefix="hubshare-bench-") as place,
        LocalStack(Path(place), users=("alice",)) as stack,
        sync_playwright() as playwright,
        Browsers(playwright, stack) as browsers,
    ):
        stack.start_server("alice")
        console.print(f"Sharing a folder of {FILES:,} files")
        wide = stack.home("alice") / "wide"
        wide.mkdir()
        for number in range(FILES):
            (wide / f"file-{number:05}.txt").write_text(f"{number}\n")
        done = stack.run("alice", "share", str(wide))
        if done.returncode:
            raise RuntimeError(done.stderr)
        return [*starts(browsers, console), *changes(browsers, wide, console)]


def starts(browsers: Browsers, console: Console) -> list[Row]:
    """JupyterLab's start until files are shown."""
    costs = {with_panel: Cost() for with_panel in (False, True)}
    for number in range(-1, STARTS):
        for with_panel, cost in costs.items():
            with opened(browsers, with_panel) as (person, devtools):
                load(person.page)
                if number >= 0:
                    cost.taken.append(person.page.evaluate("window.shown"))
                    cost.thread.append(thread_time(devtools))
        console.print(f"{max(number + 1, 0)} of {STARTS} starts")
    own = statistics.median(scripts_of_start(browsers) for _ in range(3))
    (bare, full), (bare_thread, full_thread) = medians(costs, "taken"), medians(costs, "thread")
    return [
        ("JupyterLab's start until files are shown, without the panel", f"{bare:.0f} ms", "", None),
        ("  with the panel", f"{full:.0f} ms", "< 100 ms more", full - bare < 100),
        (
            "  processor time of the page without / with",
            f"{bare_thread:.0f} / {full_thread:.0f} ms",
            "< 100 ms more",
            full_thread - bare_thread < 100,
        ),
        ("  of it in the panel's own scripts, with what these call", f"{own:.0f} ms", "< 100 ms", own < 100),
    ]


def changes(browsers: Browsers, folder: Path, console: Console) -> list[Row]:
    """Many changes in a second in a folder of many files that is shown, with marks and the panel beside it."""
    costs = {with_panel: Cost() for with_panel in (False, True)}
    for number in range(ROUNDS):
        for with_panel, cost in costs.items():
            in_sync(browsers.stack, folder)
            with opened(browsers, with_panel) as (person, devtools):
                load(person.page, "lab/tree/wide?reset")
                if with_panel:
                    show_beside(Lab(person))
                person.page.mouse.move(640, 500)
                before = thread_time(devtools)
                tasks = watched(person.page, lambda: edit(folder, "edited"))
                cost.thread.append(thread_time(devtools) - before)
                cost.longest.append(max(tasks))
                if with_panel:
                    expect(Lab(person).chip).to_contain_text(f"{CHANGES} to push")
                    expect(person.page.locator('.hs-Mark[title^="Edited"]')).to_have_count(CHANGES)
            edit(folder, "")
        console.print(f"{number + 1} of {ROUNDS} rounds of {CHANGES} changes")
    (bare, full), (bare_longest, longest) = medians(costs, "thread"), medians(costs, "longest")
    return [
        (
            f"{CHANGES} changes in 1 s among {FILES:,} files that are shown: processor time without / with the panel",
            f"{bare:.0f} / {full:.0f} ms",
            "",
            None,
        ),
        (
            "  longest task, its processor time without / with",
            f"{bare_longest:.0f} / {longest:.0f} ms",
            "< 100 ms, or as without",
            longest < max(100, bare_longest * _NOISE),
        ),
    ]


def watched(page: Page, act: Callable[[], None]) -> list[float]:
    """Do something; return how long each task of the page took, in ms of processor time, garbage apart."""
    browser = page.context.browser
    assert browser is not None
    browser.start_tracing(page=page, categories=_TRACED)
    act()
    # Not by Playwright, which would look at the page meanwhile.
    time.sleep(_AFTER_CHANGES_SECONDS)
    events = json.loads(browser.stop_tracing())["traceEvents"]
    main = {
        (one["pid"], one["tid"])
        for one in events
        if one["name"] == "thread_name" and one["args"]["name"] == "CrRendererMain"
    }
    there = [one for one in events if one.get("ph") == "X" and (one["pid"], one["tid"]) in main]
    garbage = [one for one in there if one["name"] in ("MajorGC", "MinorGC")]

    def took(task: dict[str, Any]) -> float:
        def inside(one: dict[str, Any]) -> bool:
            return bool(one["tid"] == task["tid"] and task["ts"] <= one["ts"] < task["ts"] + task["dur"])

        return float(task["tdur"] - sum(one.get("tdur", 0) for one in garbage if inside(one))) / 1000

    return [took(one) for one in there if one["name"] == "RunTask" and "tdur" in one]


@contextmanager
def opened(browsers: Browsers, with_panel: bool) -> Iterator[tuple[Person, CDPSession]]:
    """A new browser with nothing in its cache, and its tools for developers."""
    person = browsers("alice")
    try:
        # The same process shows JupyterLab afterwards.
        person.page.goto(f"{browsers.stack.url}/hub/logo")
        person.page.add_init_script(_WATCH)
        if not with_panel:
            person.page.add_init_script(_WITHOUT)
        devtools = person.context.new_cdp_session(person.page)
        devtools.send("Performance.enable", {"timeDomain": "threadTicks"})
        yield person, devtools
    finally:
        person.close()


def load(page: Page, address: str = "lab?reset") -> None:
    """Load JupyterLab, and let it come to rest."""
    page.goto(f"/user/alice/{address}")
    page.wait_for_function("window.shown > 0", timeout=300_000)
    page.wait_for_timeout(_AFTER_START_SECONDS * 1000)


def thread_time(devtools: CDPSession) -> float:
    """Processor time that the page's main thread has used, in ms."""
    figures = {one["name"]: one["value"] for one in devtools.send("Performance.getMetrics")["metrics"]}
    return float(figures["ThreadTime"]) * 1000


def scripts_of_start(browsers: Browsers) -> float:
    """Milliseconds of a start in which scripts of the panel ran, or what they had called."""
    with opened(browsers, True) as (person, devtools):
        devtools.send("Profiler.enable")
        devtools.send("Profiler.setSamplingInterval", {"interval": _LOOK_MICROSECONDS})
        devtools.send("Profiler.start")
        load(person.page)
        return ours(devtools.send("Profiler.stop")["profile"])


def ours(profile: dict[str, Any]) -> float:
    """Return in how many ms of a profile a script of the panel was on the stack."""
    nodes = {node["id"]: node for node in profile["nodes"]}
    above = {child: node["id"] for node in profile["nodes"] for child in node.get("children", ())}

    def is_ours(one: int) -> bool:
        while True:
            if "/hubshare-lab/" in nodes[one]["callFrame"]["url"]:
                return True
            if one not in above:
                return False
            one = above[one]

    known = {one: is_ours(one) for one in nodes}
    return sum(took for one, took in zip(profile["samples"], profile["timeDeltas"], strict=True) if known[one]) / 1000


def show_beside(lab: Lab) -> None:
    """Have the panel on the right, so that files are seen at the same time."""
    tab = '.lm-TabBar-tab[data-id="hubshare-panel"]'
    right = lab.page.locator(f".jp-SideBar.jp-mod-right {tab}")
    # JupyterLab keeps the side.
    if right.count() == 0:
        lab.page.locator(tab).click(button="right")
        lab.page.locator(".lm-Menu-item", has_text="Switch Sidebar Side").click()
    expect(right).to_be_visible()
    if not lab.panel.is_visible():
        right.click()
    expect(lab.here("wide")).to_contain_text("In sync")
    expect(lab.files.locator(".jp-DirListing-item").first).to_be_visible()


def edit(folder: Path, words: str) -> None:
    """Change files, all within a second."""
    for number in range(CHANGES):
        began = time.monotonic()
        (folder / f"file-{number * (FILES // CHANGES):05}.txt").write_text(f"{number * (FILES // CHANGES)}\n{words}")
        time.sleep(max(0.0, 1 / CHANGES - (time.monotonic() - began)))


def in_sync(stack: LocalStack, folder: Path) -> None:
    """Wait until nothing is to be pushed."""
    wait_until(lambda: "Everything is in sync" in stack.run("alice", "status", str(folder)).stdout, "all is calm", 60)
