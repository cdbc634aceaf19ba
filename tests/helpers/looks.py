"""What JupyterLab shows, light, dark and narrow: pictures for somebody to look at, and what axe finds in them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Page, ViewportSize

from tests.helpers.accessibility import violations
from tests.helpers.browsers import Person

NARROW: ViewportSize = {"width": 480, "height": 800}
#: Has the page wear another theme, as JupyterLab's own command does, but also while a dialog is open, and at once.
_WEAR = """async (name) => {
  const kind = name === "JupyterLab Dark" ? "dark" : "light";
  const link = document.querySelector('link[href*="/theme-"]');
  if (!link.href.includes(`theme-${kind}-extension`)) {
    const loaded = new Promise((resolve, reject) => { link.onload = resolve; link.onerror = reject; });
    link.href = link.href.replace(/theme-(light|dark)-extension/, `theme-${kind}-extension`);
    await loaded;
  }
  document.body.dataset.jpThemeLight = String(kind === "light");
  document.body.dataset.jpThemeName = name;
}"""


def look_at(person: Person, name: str, within: str) -> None:
    """Take pictures of what is on the screen, and fail for what is wrong with it in any of them.

    Args:
        name: the beginning of those of the pictures.
        within: a selector of what is ours.
    """
    page = person.page
    person.picture(f"{name}-light", whole=False)
    assert violations(page, within) == []
    with dark(page):
        person.picture(f"{name}-dark", whole=False)
        assert violations(page, within, colours=True) == []
    size = page.viewport_size
    assert size is not None
    page.set_viewport_size(NARROW)
    assert clipped(page, within) == []
    person.picture(f"{name}-narrow", whole=False)
    page.set_viewport_size(size)


def clipped(page: Page, within: str) -> list[str]:
    """The buttons and words in a place that are cut off, since their box is too small or something hides the rest."""
    found: list[str] = page.evaluate(
        """(within) => [...document.querySelectorAll(`${within} :is(button, h2, p, legend, label, .hs-Behind-words)`)]
          .filter((one) => one.checkVisibility() && getComputedStyle(one).textOverflow !== "ellipsis")
          .filter((one) => {
            const box = one.getBoundingClientRect();
            for (let outer = one.parentElement; outer && outer !== document.body; outer = outer.parentElement) {
              if (getComputedStyle(outer).overflowY === "hidden" && outer.getBoundingClientRect().bottom < box.bottom - 1) {
                return true;
              }
              if (getComputedStyle(outer).overflowY !== "visible") {
                break;
              }
            }
            return one.scrollHeight > one.clientHeight + 2 && getComputedStyle(one).display !== "inline";
          }).map((one) => one.outerHTML.slice(0, 160))""",
        within,
    )
    return found


@contextmanager
def dark(page: Page) -> Iterator[None]:
    """Have it be dark for a while."""
    page.evaluate(_WEAR, "JupyterLab Dark")
    yield
    page.evaluate(_WEAR, "JupyterLab Light")
