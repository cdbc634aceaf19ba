"""Somebody in JupyterLab with a browser: the file browser, the panel of HubShare, its menus and dialogs."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from tests.helpers.browsers import Person

#: Has a page of JupyterLab hold its application where its scripts find it, besides the settings of all servers.
EXPOSED = Path(__file__).with_name("jupyter")
#: Brings JupyterLab to where it begins: nothing is open and no kernel runs, and nothing of it is asked about.
_AS_AT_FIRST = """async () => {
  const { commands, serviceManager, shell } = window.jupyterapp;
  for (const widget of [...shell.widgets("main")]) widget.dispose();
  await serviceManager.sessions.shutdownAll();
  for (const button of document.querySelectorAll(".jp-Notification-Toast-Close")) button.click();
  await commands.execute("filebrowser:go-to-path", { path: "/" });
}"""
_EXECUTE = "async ([command, args]) => { await window.jupyterapp.commands.execute(command, args); }"


class Lab:
    """JupyterLab on the person's own server.

    Args:
        person: with a browser.
    """

    def __init__(self, person: Person) -> None:
        self.person = person
        self.page: Page = person.page
        self.panel: Locator = self.page.locator("#hubshare-panel")
        self.files: Locator = self.page.locator(".jp-DirListing-content")
        self.chip: Locator = self.page.locator(".hs-Chip")
        self.dialog: Locator = self.page.get_by_role("dialog")

    def open(self, path: str = "") -> Lab:
        """Open JupyterLab, and in it a folder; one that is open is brought to where it begins, and not loaded again."""
        if not self._as_at_first():
            self.page.goto(f"{self.person.stack.url}/user/{self.person.name}/lab?reset")
        expect(self._tab("hubshare-panel")).to_be_visible()
        self.show_files()
        for name in filter(None, path.split("/")):
            self.item(name).dblclick()
            expect(self.page.locator(".jp-BreadCrumbs-item", has_text=name)).to_be_visible()
        return self

    def open_file(self, path: str) -> None:
        """Open a file as the address of it does."""
        self.execute("filebrowser:open-path", path=path)

    def show_files(self) -> None:
        """Show the file browser in the sidebar."""
        self._show("filebrowser")

    def show_panel(self) -> Locator:
        """Show the panel in the sidebar."""
        self._show("hubshare-panel")
        expect(self.panel).to_be_visible()
        return self.panel

    def item(self, name: str) -> Locator:
        """A file or folder in the file browser."""
        return self.files.locator(".jp-DirListing-item").filter(has=self.page.get_by_text(name, exact=True))

    def mark(self, name: str) -> Locator:
        """The mark at a file or folder."""
        return self.item(name).locator(".hs-Mark")

    def menu(self, name: str, command: str) -> None:
        """Choose a command in the context menu of a folder."""
        self.item(name).click(button="right")
        self.page.locator(".lm-Menu-item", has_text="HubShare").hover()
        self.page.locator(".lm-Menu-item", has_text=command).last.click()

    def here(self, project: str) -> Locator:
        """A checkout in the panel."""
        return self.panel.get_by_role("region", name="On this server").locator(".hs-Item", has_text=project)

    def more(self, project: str, command: str) -> None:
        """Choose a command in the menu of a checkout in the panel."""
        self.here(project).get_by_role("button", name="More for").click()
        self.page.locator(".hs-Menu .lm-Menu-item", has_text=command).click()

    def accept(self, button: str) -> None:
        """Accept a dialog, and see it go."""
        there = self.dialog.get_by_role("button", name=button, exact=True)
        there.click()
        expect(there).to_have_count(0)

    def told(self, words: str) -> Locator:
        """A notification."""
        found = self.page.locator(".Toastify__toast", has_text=words)
        expect(found).to_be_visible()
        return found

    def execute(self, command: str, **args: str) -> None:
        """Have JupyterLab execute one of its commands, by its identifier."""
        self.page.evaluate(_EXECUTE, [command, args])

    def command(self, name: str) -> None:
        """Choose a command in the palette."""
        self.page.keyboard.press("Control+Shift+C")
        self.page.locator(".lm-CommandPalette-input").fill(name)
        self.page.locator(".lm-CommandPalette-item:not(.lm-mod-disabled)", has_text=name).first.click()

    def choose_theme(self, name: str) -> None:
        """Choose a theme: `JupyterLab Dark`."""
        self.page.get_by_role("menuitem", name="Settings").click()
        self.page.locator(".lm-Menu-item", has_text="Theme").first.hover()
        self.page.locator(".lm-Menu-item").get_by_text(name, exact=True).click()
        expect(self.page.locator("body")).to_have_attribute("data-jp-theme-name", name)

    def _as_at_first(self) -> bool:
        """Bring it to where it begins, if it is there; return whether that was all."""
        self.page.unroute_all()
        if not self.page.evaluate("'jupyterapp' in window"):
            return False
        self.page.evaluate(_AS_AT_FIRST)
        expect(self.page.locator(".Toastify__toast")).to_have_count(0)
        # What is asked is not answered by going elsewhere.
        return not self.dialog.count()

    def _show(self, tab: str) -> None:
        there = self._tab(tab)
        # What was shown before the page was loaded comes back a little later, and one more click would hide it.
        expect(self.page.locator(".jp-SideBar.jp-mod-left .lm-mod-current")).to_be_visible()
        if "lm-mod-current" not in (there.get_attribute("class") or ""):
            there.click()
        expect(self.page.locator(f"#{tab}")).to_be_visible()

    def _tab(self, tab: str) -> Locator:
        return self.page.locator(f'.jp-SideBar .lm-TabBar-tab[data-id="{tab}"]')
