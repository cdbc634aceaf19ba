"""A whole Hub and browsers for the tests in this folder, started once for all of them and ended with the last one."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import psutil
import pytest
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import sync_playwright

from demo.hub_config import JUPYTER
from demo.stack import LocalStack
from hubshare.errors import Unavailable
from tests.helpers.browsers import ARTIFACTS, Browsers, find_chromium
from tests.helpers.lab import EXPOSED, Lab
from tests.helpers.lab_course import Course
from tests.helpers.one_of_each import ONE_OF_EACH
from tests.helpers.sample import Dispute, Sample, ran


@pytest.fixture(scope="package")
def chromium() -> str:
    """Chromium's path; where there is none, these tests are skipped, but never in CI."""
    try:
        return find_chromium()
    except Unavailable as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"not tested in a browser: {error.message}")


@pytest.fixture(scope="package")
def stack(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStack]:
    """A ready Hub, which fetches from this machine; alice and bob have their servers running."""
    environment = ONE_OF_EACH | {
        "HUBSHARE_FETCH_ALLOWED_NETWORKS": "127.0.0.0/8",
        "JUPYTER_CONFIG_PATH": f"{EXPOSED}{os.pathsep}{JUPYTER}",
    }
    with LocalStack(tmp_path_factory.mktemp("browser"), environment=environment, furnished=True) as stack:
        with ThreadPoolExecutor() as pool:
            list(pool.map(stack.start_server, ("alice", "bob")))
        yield stack


@pytest.fixture(scope="package")
def chromium_of_all(stack: LocalStack, pytestconfig: pytest.Config) -> Iterator[Browsers]:
    """The running Chromium."""
    ARTIFACTS.mkdir(exist_ok=True)
    for old in ARTIFACTS.glob("*.png"):
        # What another worker of this run has put there stays; both began within moments.
        with suppress(FileNotFoundError):
            if old.stat().st_mtime < psutil.Process().create_time() - 10:
                old.unlink()
    pictures = bool(pytestconfig.getoption("pictures"))
    with sync_playwright() as playwright, Browsers(playwright, stack, pictures) as browsers:
        yield browsers


@pytest.fixture(scope="module", autouse=True)
def closed(request: pytest.FixtureRequest, chromium_of_all: Browsers) -> Iterator[None]:
    """After the last test of a file, close the browsers that stayed open from test to test; those in JupyterLab stay."""
    yield
    if not request.path.name.startswith("test_lab_"):
        chromium_of_all.close_all(staying=True)


@pytest.fixture
def browsers(chromium_of_all: Browsers) -> Iterator[Browsers]:
    """Opens browsers for people; after the test they are closed, and checked for what must never happen in them."""
    yield chromium_of_all
    chromium_of_all.close_all()


@pytest.fixture
def alice(browsers: Browsers) -> Lab:
    """Alice's JupyterLab."""
    return Lab(browsers.again("alice"))


@pytest.fixture
def bob(browsers: Browsers) -> Lab:
    """Bob's."""
    return Lab(browsers.again("bob"))


@pytest.fixture(scope="package")
def sample(stack: LocalStack) -> Sample:
    """`alice/show`, two versions of a folder with a file of every kind, which Bob reads."""
    return Sample(stack)


@pytest.fixture(scope="package")
def dispute(stack: LocalStack) -> Dispute:
    """`alice/dispute`, with open conflicts of Bob's."""
    return Dispute(stack)


@pytest.fixture
def begin(stack: LocalStack) -> Iterator[Callable[..., Course]]:
    """Begins projects, which nobody follows any more after the test."""
    made: list[Course] = []

    def new(name: str, auto: bool = True, **files: str) -> Course:
        made.append(Course(stack, name, auto, **files))
        return made[-1]

    yield new
    for course in made:
        for user, folder in (("alice", course.hers), ("bob", course.his)):
            ran(stack, user, "unlink", folder)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Keep what the browsers showed when a test failed, and show what the Hub and the services printed last."""
    report = yield
    if report.skipped and isinstance(report.longrepr, tuple):
        # All for one reason from one place, so that the summary says it in one line.
        report.longrepr = (__file__, 1, report.longrepr[2])
    used = getattr(item, "funcargs", {})
    if report.failed and call.when == "call" and isinstance(used.get("browsers"), Browsers):
        for number, person in enumerate(used["browsers"].open):
            report.sections.append((f"page of {person.name}", person.page.url))
            # A browser that does not even answer any more is no reason to lose the report.
            with suppress(PlaywrightError):
                person.photograph(f"failed-{item.name[:60].replace('/', '-')}-{number}", whole=False)
    if report.failed and isinstance(used.get("stack"), LocalStack):
        report.sections.append((f"end of {used['stack'].log}", used["stack"].log_tail(30)))
    return report
