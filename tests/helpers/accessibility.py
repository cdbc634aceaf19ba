"""What is wrong with a page for somebody who cannot see it, has a narrow screen, or no mouse."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page

from hubshare.service.pages.assets import BUILT
from tests.helpers.browsers import Person

AXE = BUILT.parent / "node_modules" / "axe-core" / "axe.min.js"

#: Where the focus is, and whether one sees it.
_WHERE = """() => {
  const element = document.activeElement;
  const box = element.getBoundingClientRect();
  const style = getComputedStyle(element);
  return {
    name: (element.getAttribute("aria-label") || element.textContent || element.id).trim().replace(/\\s+/g, " "),
    seen: box.width > 0 && box.right > 0 && box.bottom > 0 && box.top < innerHeight && box.left < innerWidth,
    marked: (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== "none",
  };
}"""


def check_looks(person: Person, name: str) -> None:
    """Take a picture of a page that a story comes to, and fail for what is wrong with it."""
    person.picture(name)
    assert violations(person.page) == []
    size = person.page.viewport_size
    person.page.set_viewport_size({"width": 390, "height": 800})
    assert sticking_out(person.page) == []
    if size is not None:
        person.page.set_viewport_size(size)


#: What axe looks for, and what of it bears on colours, which is all that another theme changes.
_RULES = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}
_OF_COLOURS = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}


def violations(page: Page, within: str = "html", colours: bool = False) -> list[str]:
    """What axe finds on a page that is serious or critical.

    Args:
        within: a selector; what else is on the page is somebody else's.
        colours: look at these alone, where all the rest has been looked at in another theme.
    """
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text())
    found: list[dict[str, Any]] = page.evaluate(
        """([within, runOnly]) => axe.run(within, {resultTypes: ["violations"], iframes: false, preload: false, runOnly})
          .then((found) => found.violations)""",
        [within, _OF_COLOURS if colours else _RULES],
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


def tab_to(page: Page, name: str, most: int = 40) -> None:
    """Press Tab until the focus is on the element of this name; it is seen and marked wherever it comes by."""
    passed = []
    for _ in range(most):
        page.keyboard.press("Tab")
        where = page.evaluate(_WHERE)
        passed.append(where["name"][:40])
        assert where["seen"] and where["marked"], f"one does not see that the focus is on {where['name']!r}"
        if where["name"] == name:
            return
    raise AssertionError(f"Tab does not come by {name!r}, only by {passed}")
