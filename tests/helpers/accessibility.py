"""What is wrong with a page for somebody who cannot see it, or has a narrow screen."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page

from hubshare.service.pages.assets import BUILT
from tests.helpers.browsers import Person

AXE = BUILT.parent / "node_modules" / "axe-core" / "axe.min.js"


def check_looks(person: Person, name: str) -> None:
    """Take a picture of a page that a story comes to, and fail for what is wrong with it."""
    person.picture(name)
    assert violations(person.page) == []
    size = person.page.viewport_size
    person.page.set_viewport_size({"width": 390, "height": 800})
    assert sticking_out(person.page) == []
    if size is not None:
        person.page.set_viewport_size(size)


def violations(page: Page) -> list[str]:
    """What axe finds on a page that is serious or critical."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text())
    found: list[dict[str, Any]] = page.evaluate(
        """axe.run(document, {resultTypes: ["violations"], iframes: false, preload: false, runOnly:
          ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}).then((found) => found.violations)"""
    )
    return [
        f"{one['id']} ({one['impact']}): {node['html'][:160]} – {node['failureSummary'][:300]}"
        for one in found
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"][:3]
    ]


def sticking_out(page: Page) -> list[str]:
    """What is wider than the screen and makes all of the page scroll."""
    found: list[str] = page.evaluate(
        """() => document.documentElement.scrollWidth <= innerWidth ? [] : [...document.querySelectorAll("body *")]
          .filter((one) => one.getBoundingClientRect().right > innerWidth + 1).map((one) => one.outerHTML.slice(0, 120))"""
    )
    return found
