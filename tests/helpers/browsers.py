"""People with browsers: Chromium over a Hub, and what must not happen in any of them."""

from __future__ import annotations

import copy
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Playwright,
    Response,
    ViewportSize,
    expect,
)
from playwright.sync_api import Error as PlaywrightError

from demo.stack import LocalStack
from hubshare.errors import Unavailable

#: Where pictures of the pages are put, to be looked at; ignored by git.
ARTIFACTS = Path(__file__).parents[2] / "artifacts"

#: How long anything on a page may take on a busy machine, in milliseconds.
PATIENCE = 20_000
#: Of a window, unless a test asks for another one.
_SIZE: ViewportSize = {"width": 1280, "height": 800}
#: Pages that Chromium loads for every window, in a process of its own, at half a second of the processor, and never shows here.
_AROUND = ("WebUIOmniboxPopup", "WebUIOmniboxAimPopup", "WebUIOmniboxFullPopup")
#: What Playwright switches off and bears on pages or goes to the network: of several such lists only the last one counts.
_OF_PLAYWRIGHT = (
    *("AvoidUnnecessaryBeforeUnloadCheckSync", "DestroyProfileOnBrowserClose", "HttpsUpgrades", "LensOverlay"),
    *("HttpsFirstBalancedModeAutoEnable", "MediaRouter", "PaintHolding", "ThirdPartyStoragePartitioning", "AimEnabled"),
    *("AvoidCorsURLLoaderRestartOnRedirect", "OptimizationHints", "NetworkTimeServiceQuerying", "PreconnectToSearch"),
)
_FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Somebody's next page is shown by the process that has shown the one before an empty one: what it has compiled is not lost.
    "--process-per-site",
    f"--disable-features={','.join((*_AROUND, *_OF_PLAYWRIGHT))}",
    # Nothing is looked up: a request that should not be made fails, besides being noticed.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]
#: Brings a page to where a picture of it would be taken: with its fonts, after what moves, and drawn.
_SETTLE = """async () => {
  await document.fonts.ready;
  for (const one of document.getAnimations()) {
    if (one.playbackRate > 0 && isFinite(one.effect?.getComputedTiming().endTime)) one.finish();
  }
  await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
}"""
#: What a browser and htmx say by themselves of an answer such as 404, which the tests look at.
_PLAIN = re.compile(r"Failed to load resource: the server responded with a status of 4|Response Status Error Code 4")


def find_chromium() -> str:
    """Path of Debian's Chromium, where it is installed of the one without windows, which draws the same for two thirds as much.

    Raises:
        Unavailable: when there is none.
    """
    found = shutil.which("chromium-headless-shell") or shutil.which("chromium")
    if found is None:
        raise Unavailable("there is no Chromium on this machine; apt-get install chromium-headless-shell brings it")
    return found


class Browsers:
    """One Chromium, and in it a browser of its own for everybody who asks.

    Args:
        playwright: drives it.
        stack: the Hub that everybody signs in at.
        pictures: whether pictures of what is looked at are kept: each costs as much of the processor as opening a page.
    """

    def __init__(self, playwright: Playwright, stack: LocalStack, pictures: bool = False) -> None:
        self.stack, self._pictures = stack, pictures
        self._chromium: Browser = playwright.chromium.launch(executable_path=find_chromium(), args=_FLAGS)
        self._kept: dict[str, Any] = {}
        self._open: list[Person] = []
        expect.set_options(timeout=PATIENCE)

    def __call__(self, user: str = "", **options: Any) -> Person:
        """Somebody's browser, signed in, on an empty page; "" has not signed in.

        It may be one from an earlier test: what it has loaded is not loaded again, nor compiled.

        Args:
            options: of Playwright's `new_context`; a browser with any is for this test alone.
        """
        if not user or options:
            return self.anew(user, **options)
        for person in self._open:
            if person.rests and person.name == user and not person.closed:
                person.rests = False
                return person
        person = self.anew(user)
        person.lasts = True
        return person

    def anew(self, user: str = "", **options: Any) -> Person:
        """A browser that nobody has used: for what changes one for good, such as its clock, its cookies or what it may do."""
        if user and user not in self._kept:
            person = self.anew(**options)
            person.sign_in(user)
            self._kept[user] = person.context.storage_state()
            return person
        context = self._chromium.new_context(
            base_url=self.stack.service_url,
            storage_state=self._kept.get(user),
            viewport=options.pop("viewport", {**_SIZE}),
            **options,
        )
        person = Person(user, context, self.stack, self._pictures)
        self._open.append(person)
        return person

    def again(self, user: str) -> Person:
        """The browser that somebody was given by this before, on whatever page: what is on it is not loaded again."""
        for person in self._open:
            if person.stays and person.name == user:
                return person
        person = self(user)
        person.stays = True
        return person

    @contextmanager
    def elsewhere(self) -> Iterator[tuple[Page, list[str]]]:
        """A page for what is not at the Hub, and the exceptions in it; closed at the end."""
        exceptions: list[str] = []
        context = self._chromium.new_context(viewport={"width": 1280, "height": 800})
        context.set_default_timeout(PATIENCE)
        context.on("weberror", lambda error: exceptions.append(str(error.error)))
        try:
            yield context.new_page(), exceptions
        finally:
            context.close()

    @contextmanager
    def beside(self, stack: LocalStack) -> Iterator[Browsers]:
        """People of another Hub, in the same Chromium."""
        other = copy.copy(self)
        other.stack, other._kept, other._open = stack, {}, []
        try:
            yield other
        finally:
            for person in other._open:
                person.close()

    def forget(self, user: str) -> None:
        """Have the user sign in again next time."""
        self._kept.pop(user, None)
        for person in self._open:
            if person.rests and person.name == user:
                person.close()

    @property
    def open(self) -> list[Person]:
        """The browsers that are used at the moment."""
        return [person for person in self._open if not person.rests]

    def close_all(self, staying: bool = False) -> None:
        """Close them, or put them by for other tests, and fail for what happened in any of them and should not have.

        Args:
            staying: also those that would be given again as they are.
        """
        happened = []
        for person in self.open:
            if staying or not person.stays:
                happened.append(person.rest() if person.lasts else person.close())
            else:
                happened.append(person.happened())
        self._open = [person for person in self._open if not person.closed]
        assert not any(happened), "\n".join(filter(None, happened))

    def __enter__(self) -> Browsers:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._chromium.close()


class Person:
    """Somebody with a browser of their own.

    Attributes:
        name: the user; "" for somebody who has not signed in.
        page: the first page.
        requested: the addresses of all requests of the browser.
        refused: what the browser did not let a page do, as it says it.
        troubles: what must not happen: dialogs, exceptions of scripts, messages of errors.
        stays: whether the browser stays as it is after the test, for `Browsers.again`.
        lasts: whether other tests may use it afterwards, from an empty page on.
        rests: whether nobody uses it at the moment.
        closed: whether nobody can any more.
    """

    stays = lasts = rests = closed = False

    def __init__(self, name: str, context: BrowserContext, stack: LocalStack, pictures: bool) -> None:
        self.name, self.context, self.stack, self._pictures = name, context, stack, pictures
        self.requested: list[str] = []
        self.refused: list[str] = []
        self.troubles: list[str] = []
        context.set_default_timeout(PATIENCE)
        context.on("request", lambda request: self.requested.append(request.url))
        context.on("console", self._heard)
        context.on("weberror", lambda error: self.troubles.append(f"exception: {error.error}"))
        context.on("page", lambda page: page.on("dialog", self._asked))
        self._wanted_dialogs: list[str] = []
        self.page: Page = context.new_page()

    def go(self, path: str = "") -> Response:
        """Open a page of HubShare."""
        response = self.page.goto(path if path.startswith("/") else self.stack.service_url + path)
        assert response is not None
        return response

    def sign_in(self, user: str, password: str = "") -> None:
        """Sign in at the Hub, as one does.

        Args:
            password: "" for what everybody has.
        """
        self.page.goto(f"{self.stack.url}/hub/home")
        self.page.get_by_label("Username").fill(user)
        self.page.get_by_label("Password").fill(password or self.stack.password)
        self.page.keyboard.press("Enter")
        self.page.wait_for_url("**/hub/home")
        self.name = user
        self.go()
        expect(self.page.locator("#signed-in-user")).to_have_text(user)

    def says_yes(self, question: str) -> None:
        """Answer the next dialog, if these words are in it, with yes."""
        self._wanted_dialogs.append(question)

    def picture(self, name: str, whole: bool = True) -> None:
        """Wait until the page is as a picture shows it, and keep one for somebody to look at where pictures are wanted."""
        if self._pictures:
            self.photograph(name, whole)
        else:
            self.page.evaluate(_SETTLE)

    def photograph(self, name: str, whole: bool) -> None:
        """Keep a picture of the page."""
        self.page.screenshot(path=ARTIFACTS / f"{name}.png", full_page=whole, animations="disabled", caret="hide")

    def close(self) -> str:
        """Close the browser; return what `happened` says."""
        self.context.close()
        self.closed = True
        return self.happened()

    def rest(self) -> str:
        """Leave the page, with what was set for it and is kept by it; return what happened before, as `happened` does."""
        self.stays, self.rests, happened = False, True, ""
        try:
            for other in self.context.pages:
                if other is not self.page:
                    other.close()
            self.page.unroute_all()
            self.context.clear_permissions()
            self.page.evaluate("for (const kept of [localStorage, sessionStorage]) kept.clear()")
            happened = self.happened()
            self.page.goto("about:blank")
            self.page.set_viewport_size(_SIZE)
            self.page.emulate_media(media="null", color_scheme="null", reduced_motion="null")
        except PlaywrightError:
            left = self.close()
            return happened or left
        self.happened()
        return happened

    def happened(self) -> str:
        """What happened in this browser since this was asked last, and must not; "" where nothing did."""
        hub = urlsplit(self.stack.url).netloc
        elsewhere = [
            address
            for address in self.requested
            if urlsplit(address).netloc != hub and not address.startswith(("data:", "about:", "blob:"))
        ]
        found = {"asked another host": elsewhere, "trouble": self.troubles, "nobody asked": self._wanted_dialogs}
        said = "; ".join(f"{what}: {which}" for what, which in found.items() if which)
        for kept in (self.requested, self.refused, self.troubles, self._wanted_dialogs):
            kept.clear()
        return f"in the browser of {self.name}: {said}" if said else ""

    def check(self) -> None:
        """Fail for what happened in this browser and must not."""
        happened = self.happened()
        assert not happened, happened

    def _heard(self, message: ConsoleMessage) -> None:
        words = f"{message.text} ({message.location['url']})"
        if "Content Security Policy" in message.text or "sandboxed" in message.text:
            self.refused.append(words)
        elif message.type == "error" and not _PLAIN.match(message.text):
            self.troubles.append(words)

    def _asked(self, dialog: Any) -> None:
        if self.rests:
            # Whether to leave a page with something that is not saved.
            dialog.accept()
        elif self._wanted_dialogs and self._wanted_dialogs[0] in dialog.message:
            self._wanted_dialogs.pop(0)
            dialog.accept()
        else:
            self.troubles.append(f"dialog: {dialog.message}")
            dialog.dismiss()


def shown(person: Person, place: str = "#rendered") -> None:
    """Wait until what workers render is on the page."""
    expect(person.page.locator(f"{place}.hs-shown")).to_be_visible()
