"""Threads get the places in the order in which they came, however often others come again."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from dramatiq.middleware import TimeLimitExceeded
from dramatiq.middleware.threading import raise_thread_exception
from sqlalchemy.exc import TimeoutError as NoConnectionLeft

from hubshare.store.fair_limit import FairLimit
from hubshare.testing.centre import wait_until


def test_who_comes_first_is_let_in_first_and_who_comes_again_is_behind_all_others() -> None:
    limit, order = FairLimit(1), list[str]()

    def come(name: str) -> None:
        with limit.place(30):
            order.append(name)

    threads = []
    with limit.place(30):
        for number in range(10):
            threads.append(threading.Thread(target=come, args=(str(number),)))
            threads[-1].start()
            wait_until(lambda number=number: limit.waiting == number + 1, "it stands in line")
    come("again")
    for thread in threads:
        thread.join()
    assert order == [*map(str, range(10)), "again"]


def test_no_more_are_in_at_once_than_there_are_places() -> None:
    limit, guard, inside, most = FairLimit(3), threading.Lock(), set[int](), list[int]()

    def come(number: int) -> None:
        for _ in range(50):
            with limit.place(30):
                with guard:
                    inside.add(number)
                    most.append(len(inside))
                with guard:
                    inside.discard(number)

    threads = [threading.Thread(target=come, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(most) == 600 and max(most) <= 3 and limit.waiting == 0


def test_who_is_in_does_not_wait_for_itself() -> None:
    limit = FairLimit(1)
    with limit.place(0.01), limit.place(0.01):
        pass
    with limit.place(0.01):
        pass


def test_who_has_waited_in_vain_takes_no_place() -> None:
    limit = FairLimit(1)

    def come() -> None:
        with limit.place(0.01):
            pass

    with limit.place(30), pytest.raises(NoConnectionLeft):
        _in_a_thread(come)
    _in_a_thread(come)
    assert limit.waiting == 0


@contextmanager
def _ended_while_it_waits(limit: FairLimit, seconds: float) -> Iterator[Callable[[], None]]:
    """Somebody else has the only place, and a thread that waits for it so long is told to end; gives what waits for its end."""
    ended = list[BaseException]()

    def come() -> None:
        try:
            with limit.place(seconds):
                pass
        except TimeLimitExceeded as error:
            ended.append(error)

    def has_ended() -> None:
        thread.join()
        assert ended and limit.waiting == 0

    thread = threading.Thread(target=come)
    with limit.place(30):
        thread.start()
        wait_until(lambda: limit.waiting == 1, "it stands in line")
        raise_thread_exception(thread.ident, TimeLimitExceeded)
        yield has_ended


def test_who_is_ended_while_it_waits_takes_no_place() -> None:
    limit = FairLimit(1)
    with _ended_while_it_waits(limit, 30) as has_ended:
        pass
    # It comes to know as soon as it has the place.
    has_ended()
    with limit.place(0.01):
        pass


def test_who_is_ended_as_it_has_waited_in_vain_stands_in_line_no_more() -> None:
    limit = FairLimit(1)
    with _ended_while_it_waits(limit, 0.2) as has_ended:
        has_ended()
    with limit.place(0.01):
        pass


def _in_a_thread(act: Callable[[], None]) -> None:
    """Do something in another thread, and raise what it raises."""
    failed = list[BaseException]()

    def run() -> None:
        try:
            act()
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if failed:
        raise failed[0]
