"""When a change is reported: each story is what programs do to files, and what is told of it at which moment."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hubshare_agents.watching.settling import Settling

QUIET, DEADLINE = 1.0, 10.0

#: What happens, at which second.
Step = tuple[float, Callable[[Settling, float], None]]


def created(path: str, whole: bool = False) -> Callable[[Settling, float], None]:
    return lambda settling, now: settling.created(path, now, whole)


def written(path: str) -> Callable[[Settling, float], None]:
    return lambda settling, now: settling.written(path, now)


def closed(path: str) -> Callable[[Settling, float], None]:
    return lambda settling, now: settling.closed(path, now)


def gone(path: str) -> Callable[[Settling, float], None]:
    return lambda settling, now: settling.gone(path, now)


def renamed(source: str, target: str, cookie: int = 7) -> Callable[[Settling, float], None]:
    def act(settling: Settling, now: float) -> None:
        settling.left(source, cookie, now)
        settling.arrived(target, cookie, now)

    return act


def arrived(path: str) -> Callable[[Settling, float], None]:
    return lambda settling, now: settling.arrived(path, 9, now)


def touched(path: str) -> Callable[[Settling, float], None]:
    return lambda settling, now: settling.touched(path)


def told(*steps: Step) -> list[tuple[float, set[str]]]:
    """Play it; return what is told, with the second at which it is."""
    settling, said = Settling(QUIET, DEADLINE), list[tuple[float, set[str]]]()

    def wait(until: float) -> None:
        while (due := settling.due()) is not None and due <= until:
            paths = settling.take(due)
            if paths:
                said.append((due, paths))

    for now, act in steps:
        wait(now)
        act(settling, now)
        paths = settling.take(now)
        if paths:
            said.append((now, paths))
    wait(1e9)
    assert settling.due() is None
    return said


def test_a_file_that_is_written_over_is_told_when_it_is_closed() -> None:
    assert told((0, written("a")), (3, written("a")), (4, closed("a"))) == [(4, {"a"})]


def test_a_file_that_is_never_closed_is_told_at_the_deadline_and_again() -> None:
    assert told((0, written("a")), (9, written("a")), (11, written("a"))) == [(10, {"a"}), (21, {"a"})]


def test_jupyters_save_is_told_when_its_copy_is_gone() -> None:
    save = (
        (0, created(".~a")),
        (0.1, closed(".~a")),
        (0.2, touched(".~a")),
        (0.3, written("a")),
        (0.4, closed("a")),
        (0.5, gone(".~a")),
    )
    assert told(*save) == [(0.5, {"a"})]


def test_jupyters_save_that_is_cut_short_is_told_at_the_deadline() -> None:
    said = told((0, created(".~a")), (0.1, closed(".~a")), (0.3, written("a")), (0.4, closed("a")))
    assert said == [(10, {".~a"}), (10.3, {"a"})]


def test_a_file_that_is_renamed_into_place_is_told_at_once_and_its_first_name_never() -> None:
    assert told((0, created("t")), (0.1, written("t")), (0.2, closed("t")), (0.3, renamed("t", "a"))) == [(0.3, {"a"})]
    assert told((0, arrived("a"))) == [(0, {"a"})]


def test_a_new_file_waits_a_moment_for_its_rename() -> None:
    assert told((0, created("a")), (0.2, closed("a"))) == [(1.2, {"a"})]
    assert told((0, created("a", whole=True))) == [(1, {"a"})]


def test_a_file_that_was_there_for_a_moment_only_is_not_told() -> None:
    assert told((0, created("4913")), (0.1, closed("4913")), (0.2, gone("4913"))) == []


def test_an_editor_that_moves_the_old_file_away_and_writes_it_anew_deletes_nothing() -> None:
    said = told((0, renamed("a", "a~")), (0.1, created("a")), (0.2, written("a")), (0.3, closed("a")))
    assert said == [(0.3, {"a"}), (1, {"a~"})]
    said = told((0, gone("a")), (0.1, created("a")), (0.2, written("a")), (0.3, closed("a")))
    assert said == [(0.3, {"a"})]


def test_both_names_of_a_renamed_file_are_told_together() -> None:
    assert told((0, renamed("a", "b"))) == [(1, {"a", "b"})]


def test_a_file_that_is_gone_is_told_in_a_moment() -> None:
    assert told((0, gone("a"))) == [(1, {"a"})]


def test_a_file_that_is_appended_to_after_each_close_never_waits_beyond_the_deadline() -> None:
    steps: list[Step] = [(0, created("a"))]
    for at in range(1, 15):
        steps += [(at * 0.9, written("a")), (at * 0.9 + 0.1, closed("a"))]
    assert told(*steps)[0] == (10, {"a"})


def test_other_paths_do_not_wait_for_one_that_is_being_written() -> None:
    assert told((0, written("log")), (1, written("a")), (2, closed("a")))[0] == (2, {"a"})


def test_of_a_folder_and_what_is_in_it_the_folder_alone_is_told() -> None:
    settling = Settling(QUIET, DEADLINE)
    for path in ("a/b", "a", "a-b", "c/d/e", "c/d"):
        settling.touched(path)
    assert settling.take(0) == {"a", "a-b", "c/d"}
    for number in range(600):
        settling.touched(f"f{number}")
    assert settling.take(0) == {""}


@pytest.mark.parametrize("again", [closed("a"), arrived("a"), touched("a")])
def test_at_rest_nothing_is_waited_for(again: Callable[[Settling, float], None]) -> None:
    settling = Settling(QUIET, DEADLINE)
    assert settling.due() is None
    again(settling, 0)
    assert settling.due() == 0 and settling.take(0) == {"a"} and settling.due() is None
