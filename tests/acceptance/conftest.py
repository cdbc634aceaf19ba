"""Acceptance tests run against real processes: a whole Hub, started once for all of them."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from demo.stack import LocalStack
from tests.helpers.one_of_each import ONE_OF_EACH


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStack]:
    """A ready JupyterHub with HubShare, in a folder and on ports of its own."""
    # Its second start has as many as there are by default, and those that are killed in tests/faults are two.
    with LocalStack(tmp_path_factory.mktemp("stack"), environment=ONE_OF_EACH) as stack:
        yield stack


@pytest.fixture(scope="session")
def servers(stack: LocalStack) -> LocalStack:
    """The stack, with a running single-user server of every user."""
    with ThreadPoolExecutor() as pool:
        list(pool.map(stack.start_server, stack.users))
    return stack


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show what the Hub and the services printed last beside the failure of a test."""
    report = yield
    used = getattr(item, "funcargs", {}).get("stack")
    if report.failed and isinstance(used, LocalStack):
        report.sections.append((f"end of {used.log}", used.log_tail(100)))
    return report
