"""What the database is asked for a request."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from sqlalchemy import event

from hubshare import metering
from tests.helpers.access_fixture import Stages

T = TypeVar("T")


def counted(stages: Stages, act: Callable[[], T], tries: int = 3) -> tuple[T, list[str]]:
    """What comes of something that changes nothing, and the statements that the service gives the database for it.

    Only what is done for requests counts, as it does for those who ask; what the service does beside does not.

    Args:
        tries: the fewest of so many times count: what is looked up once for a while comes on top, now and then.
    """
    engine, found = stages.centre.centre.database.engine, list[list[str]]()

    def note(_: Any, __: Any, statement: str, *___: Any) -> None:
        if metering.current() is not None:
            found[-1].append(statement)

    for _ in range(tries):
        found.append([])
        event.listen(engine, "before_cursor_execute", note)
        try:
            made = act()
        finally:
            event.remove(engine, "before_cursor_execute", note)
    return made, min(found, key=len)
