"""Databases for all tests, and which tests are run by one worker."""

from __future__ import annotations

import gc
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from xdist.scheduler import LoadScopeScheduling

from hubshare.embedded.redis import server_binary
from hubshare.errors import Unavailable
from hubshare.testing.postgres import PostgresServer

pytest.register_assert_rewrite("tests.helpers")

from tests.helpers import compiled  # noqa: E402

compiled.share()

# Most of what is made stays: to look it through every few hundred objects takes a fourteenth of the time.
gc.set_threshold(100_000, 50, 100)

# What a shell runs in the background ignores it, and so would every program that a test starts and interrupts.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# Tests start thousands of processes, and without it each would compile all that it imports once more.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# Each client of HTTP reads all certificates that it trusts, for a thirtieth of a second; no test leaves this machine.
os.environ["SSL_CERT_FILE"] = str(Path(__file__).parent / "helpers" / "no_authority.pem")

#: Where the tests' files lie unless TMPDIR says otherwise, and the room that it needs: no test looks at whether a disk is slow.
_MEMORY, _MEMORY_BYTES = Path("/dev/shm"), 4 << 30

if "TMPDIR" not in os.environ and os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free >= _MEMORY_BYTES:
    os.environ["TMPDIR"] = tempfile.tempdir = str(_MEMORY)

#: Folders of tests that share one Hub each; and what the tests over PostgreSQL have in their names.
_HUBS, _POSTGRES = ("acceptance", "browser"), "[postgres"
#: Browsers wait more than they work: those in JupyterLab have a Hub of their own, beside the one of those on the pages.
_FIRST = "tests/browser/test_first_"
_LAB = ("tests/browser/test_lab_", _FIRST)
#: Files of which a test was run.
_BEGUN: set[Path] = set()


# How long an example takes says more of the machine than of the code.
hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Offer what costs too much to be done each time."""
    parser.addoption(
        "--pictures", action="store_true", help="keep a picture of all that is looked at in browsers, in artifacts/"
    )


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling:
    """Give each worker whole files, one database after the other, and all that use the same Hub."""
    # In the order of the collection: by their numbers, few but long tests would come last and keep the other worker waiting.
    config.option.loadscopereorder = False
    return _ByServers(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest, and change servers seldom: the Hubs, a centre over SQLite, one over PostgreSQL, files."""
    items.sort(
        key=lambda item: (
            _folder(item.nodeid) == "unit",
            _folder(item.nodeid) not in _HUBS,
            _folder(item.nodeid) != "browser",
            not item.nodeid.startswith(_FIRST),
            _POSTGRES in item.nodeid,
        )
    )


def pytest_collection_finish() -> None:
    """Leave what is there now out of all garbage collections to come: thousands of tests, and all modules."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """The same at the beginning of each file, with the servers that run: some tests collect garbage dozens of times."""
    if item.path not in _BEGUN:
        _BEGUN.add(item.path)
        gc.collect()
        gc.freeze()


def _folder(nodeid: str) -> str:
    return nodeid.removeprefix("tests/").partition("/")[0]


class _ByServers(LoadScopeScheduling):
    """Keeps together what uses the same servers, which are started once."""

    def _split_scope(self, nodeid: str) -> str:
        file, _, test = nodeid.partition("::")
        if _folder(file) in _HUBS:
            return "lab" if file.startswith(_LAB) else _folder(file)
        return f"{file} {_POSTGRES in test}"


def pytest_report_header() -> str:
    """Say which Redis is tested with."""
    binary = server_binary()
    return f"redis: {subprocess.run([binary, '--version'], capture_output=True, text=True).stdout.strip()} ({binary})"


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL server that all tests share; where there is none, they are skipped, but never in CI."""
    try:
        server = PostgresServer()
    except Unavailable as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"not tested over PostgreSQL: {error.message}")
    with server:
        yield server


@pytest.fixture(scope="session")
def postgres_database(postgres: PostgresServer) -> str:
    """The address of a database that tests use one after the other."""
    return postgres.create()


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database without rows, of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'hubshare.sqlite'}"
    url: str = request.getfixturevalue("postgres_database")
    request.getfixturevalue("postgres").empty(url)
    return url
