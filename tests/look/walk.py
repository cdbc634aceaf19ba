"""Opens the page of each file of a project in a browser, and notes what looks wrong."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from playwright.sync_api import Error as PlaywrightError

from tests.helpers.browsers import Person

_EXAMINE = (Path(__file__).parent / "examine.js").read_text()
#: How long a file may take until it is shown, in milliseconds.
_PATIENCE = 60_000
_WIDE, _NARROW = {"width": 1280, "height": 800}, {"width": 390, "height": 800}
#: The file is there, or why it is not; its formulas are set and its pictures loaded, as far as they can be.
_SHOWN = "#rendered.hs-shown, .hs-frame, #file-box > .hs-inside"
_QUIET = """() => !document.querySelector(".hs-math:not(.hs-math-set), .hs-missing[aria-busy=true], .hs-rest")
  && !document.querySelector(".hs-diagram:not(:has(img, .hs-note))")
  && [...document.querySelectorAll("img")].every((one) => one.complete)"""
#: What a page says of a file that the renderers failed at, rather than the file.
_FAILED = re.compile(r"broke down|rendering is damaged")
_BEYOND = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


@dataclass
class Seen:
    """What was seen of one file.

    Attributes:
        path: of the file in the folder.
        seconds: until it was shown.
        formulas: how many were set.
        wrong: what looks wrong: sort of fault to how often, and examples.
        said: what the page says in place of the file.
    """

    path: str
    seconds: float = 0.0
    formulas: int = 0
    wrong: dict[str, tuple[int, list[str]]] = field(default_factory=dict)
    said: str = ""
    links: list[str] = field(default_factory=list)
    named: frozenset[str] = frozenset()

    def note(self, fault: str, count: int, examples: Sequence[str] = ()) -> None:
        """Note a fault, unless there is none."""
        if count > 0:
            self.wrong[fault] = (count, list(examples))

    def hear(self, said: str) -> None:
        """Note what the page says in place of the file; that the renderers failed at it is an error."""
        self.said = said
        if _FAILED.search(said):
            self.note("errors", 1, [said])


class Walk:
    """One walk.

    Args:
        person: who looks, with a browser.
        page: address of the project's pages, below the service.
        pictures: folder for pictures of what is seen; None for none.
    """

    def __init__(self, person: Person, page: str, pictures: Path | None = None) -> None:
        self._person, self._page, self._pictures = person, page, pictures

    def all(self, paths: Sequence[str]) -> Iterator[Seen]:
        """Look at all files; what links between them lead to is judged at the end, in what was given before."""
        seen = []
        for path in paths:
            seen.append(self._look(path))
            yield seen[-1]
        self._judge_links(seen)

    def _address(self, path: str) -> str:
        return f"{self._page}/files/latest/{quote(path)}"

    def _look(self, path: str) -> Seen:
        person, page, seen = self._person, self._person.page, Seen(path)
        person.troubles.clear()
        began = time.monotonic()
        try:
            status = person.go(self._address(path)).status
            if status >= 400:
                seen.note("errors", 1, [f"status {status}"])
                return seen
            page.wait_for_selector(_SHOWN, timeout=_PATIENCE)
            seen.seconds = time.monotonic() - began
            page.wait_for_function(_QUIET, timeout=_PATIENCE)
        except PlaywrightError as error:
            seen.seconds = time.monotonic() - began
            seen.note("errors", 1, [error.message.splitlines()[0]])
        found = page.evaluate(_EXAMINE)
        self._take_down(seen, found)
        self._narrow(seen)
        page.reload()
        try:
            page.wait_for_function(_QUIET, timeout=_PATIENCE)
        except PlaywrightError as error:
            seen.note("errors", 1, [error.message.splitlines()[0]])
        again = page.evaluate(_EXAMINE)
        first, second = found["text"], again["text"]
        at = next((place for place, pair in enumerate(zip(first, second, strict=False)) if len(set(pair)) > 1), 0)
        differs = [f"{one[max(0, at - 20) : at + 40]!r}" for one in (first, second)]
        seen.note("differs at the second look", int(first != second), differs)
        seen.note("console errors", len(person.troubles), person.troubles)
        return seen

    def _take_down(self, seen: Seen, found: dict[str, Any]) -> None:
        seen.formulas = found["formulas"]
        seen.hear(found["said"])
        seen.links, seen.named = found["links"], frozenset(found["named"])
        for fault, name in (
            ("formulas not set", "unset"),
            ("broken pictures", "broken"),
            ("pictures said to be missing", "missing"),
            ("dead anchors", "dead"),
            ("cut at the edge", "wide"),
            ("squeezed cells", "slivers"),
        ):
            seen.note(fault, found[name]["count"], found[name]["examples"])

    def _narrow(self, seen: Seen) -> None:
        page = self._person.page
        beyond = page.evaluate(_BEYOND)
        self._photograph(seen, "light")
        page.set_viewport_size(_NARROW)
        seen.note("sideways overflow", max(beyond, page.evaluate(_BEYOND)))
        self._photograph(seen, "narrow")
        page.set_viewport_size(_WIDE)
        if self._pictures:
            page.evaluate("() => { document.documentElement.dataset.bsTheme = 'dark'; }")
            self._photograph(seen, "dark")

    def _photograph(self, seen: Seen, look: str) -> None:
        if self._pictures:
            name = seen.path.replace("/", "-")
            self._person.page.screenshot(path=self._pictures / f"{name}-{look}.png", full_page=True)

    def _judge_links(self, seen: Sequence[Seen]) -> None:
        files = {one.path: one for one in seen}
        folders = {path[:at] for path in files for at in range(len(path)) if path[at] == "/"} | {""}
        start = f"{urlsplit(self._person.stack.service_url).path}{self._page}/files/latest/"
        for one in seen:
            dead = []
            for link in one.links:
                address = urlsplit(link)
                if not address.path.startswith(start):
                    continue
                path, anchor = unquote(address.path.removeprefix(start)), unquote(address.fragment)
                if path not in files and path.rstrip("/") not in folders:
                    dead.append(path)
                # A range of lines is reached by its first.
                elif anchor and path in files and re.sub(r"^(L\d+)-L\d+$", r"\1", anchor) not in files[path].named:
                    dead.append(f"{path}#{anchor}")
            one.note("dead links", len(dead), dead[:5])
