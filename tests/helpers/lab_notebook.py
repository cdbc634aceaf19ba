"""A notebook that somebody has open in JupyterLab, with its kernel."""

from __future__ import annotations

from playwright.sync_api import Locator, expect

from tests.helpers.lab import Lab


class OpenNotebook:
    """What is in front in the main area.

    Args:
        lab: whose.
    """

    def __init__(self, lab: Lab) -> None:
        self.lab, self.page = lab, lab.page
        self.cells: Locator = self.page.locator(".jp-Notebook:visible .jp-Cell")
        self.banner: Locator = self.page.locator(".hs-Behind:visible")

    def is_ready(self) -> OpenNotebook:
        """Wait for its cells and its kernel."""
        expect(self.cells.first).to_be_visible(timeout=60_000)
        expect(self.page.locator("#jp-main-statusbar")).to_contain_text("Python 3 (ipykernel) | Idle", timeout=60_000)
        return self

    def cell(self, words: str) -> Locator:
        """The cell with these words in its source."""
        return self.cells.filter(has=self.page.locator(".cm-content", has_text=words))

    def enter(self, words: str) -> Locator:
        """Click into the cell that has these words; return it."""
        cell = self.cell(words)
        # At its left, since notifications lie over the right.
        cell.locator(".cm-content").click(position={"x": 4, "y": 4})
        return cell

    def type_after(self, words: str, text: str) -> None:
        """Type at the end of the cell that has these words."""
        self.enter(words)
        self.page.keyboard.press("Control+End")
        self.page.keyboard.type(text)

    def run(self, words: str) -> Locator:
        """Run the cell that has these words; return it when it has run."""
        cell = self.enter(words)
        before = cell.locator(".jp-InputPrompt").inner_text()
        self.page.keyboard.press("Control+Enter")
        prompt = cell.locator(".jp-InputPrompt")
        expect(prompt).not_to_have_text(before)
        expect(prompt).not_to_have_text("[*]:")
        return cell

    def save(self) -> None:
        """Press what saves."""
        self.page.keyboard.press("Control+s")
