"""What those who follow an agent are told: all of it, coalesced, in bounded room."""

from __future__ import annotations

import asyncio

import pytest
from hubshare_agents.checkout.summary import needs
from hubshare_agents.news import MOST_FOLLOWERS, News

from hubshare.errors import TooMany
from hubshare.wire.socket.following import MOST_NAMED, Counts, Summary, Written
from hubshare.wire.socket.sharing import Unopened
from hubshare.wire.socket.syncing import Refusal

SYNCED = Summary(
    checkout="c",
    project="alice/course",
    folder="/home/alice/course",
    mode="auto",
    role="owner",
    policy="ask",
    version=3,
    counts=Counts(outgoing=0, incoming=0, conflicts=0, held=0),
    reasons={},
    pushing=False,
    refused=None,
    lost=None,
    paused="",
    question="",
    offline="",
    unwatched="",
    step=None,
)


def told(*placed: tuple[set[str], set[str]]) -> Written:
    """What a follower takes after all that was put in place."""

    async def run() -> list[Written]:
        news = News()
        with news.following() as feed:
            for number, (written, deleted) in enumerate(placed):
                news.placed("/home/alice/course", "alice/course", written, deleted, number, None)
            assert feed.woken.is_set()
            found = feed.take()
            assert feed.take() == []
        return found

    [one] = asyncio.run(run())
    return one


def test_what_was_put_in_place_bit_by_bit_is_told_at_once() -> None:
    one = told(({"a", "b"}, {"c"}), ({"c"}, {"a"}))
    assert (one.paths, one.deleted, one.everything, one.version) == (["b", "c"], ["a"], False, 1)


@pytest.mark.parametrize("deleted", [False, True])
def test_too_many_paths_to_name_stay_so_until_they_are_taken(deleted: bool) -> None:
    many = {str(number) for number in range(MOST_NAMED + 1)}
    one = told((set(), many) if deleted else (many, set()), ({"one more"}, set()))
    assert (one.paths, one.deleted, one.everything) == ([], [], True)


def test_nothing_is_kept_where_nobody_follows() -> None:
    news = News()
    news.placed("/home/alice/course", "alice/course", {"a"}, set(), 1, None)
    news.changed()
    assert not news.followed


def test_a_change_wakes_all_who_follow_from_any_thread() -> None:
    async def run() -> None:
        news = News()
        with news.following() as one, news.following() as other:
            await asyncio.to_thread(news.changed)
            await asyncio.gather(one.woken.wait(), other.woken.wait())

    asyncio.run(asyncio.wait_for(run(), 10))


def test_who_comes_back_at_once_has_not_been_away() -> None:
    async def run() -> list[str]:
        said: list[str] = []
        left = asyncio.Event()

        def over() -> None:
            said.append("over")
            left.set()

        news = News(over, lingers=0.0)
        with news.following():
            pass
        assert news.followed
        with news.following():
            # What is due at once would have been done by now.
            for _ in range(10):
                await asyncio.sleep(0)
            assert said == []
        await asyncio.wait_for(left.wait(), 10)
        assert not news.followed
        return said

    assert asyncio.run(run()) == ["over"]


def test_only_so_many_follow() -> None:
    async def run() -> None:
        news = News()
        taken = [news.following() for _ in range(MOST_FOLLOWERS)]
        for one in taken:
            one.__enter__()
        with pytest.raises(TooMany), news.following():
            pass
        taken[0].__exit__(None, None, None)
        with news.following():
            pass

    asyncio.run(run())


# what needs a person


@pytest.mark.parametrize(
    ("change", "about"),
    [
        ({}, []),
        ({"counts": Counts(outgoing=3, incoming=2, conflicts=0, held=1)}, []),
        ({"counts": None, "offline": "away"}, []),
        ({"counts": Counts(outgoing=0, incoming=0, conflicts=2, held=0)}, ["conflicts"]),
        ({"paused": "3 files were deleted: run `hubshare push --confirm`", "question": "push"}, ["deletions"]),
        ({"paused": "The folder is gone"}, ["paused"]),
        ({"refused": Refusal(code="too-large", message="too large")}, ["refused"]),
        ({"lost": "Alice has taken it back", "paused": "anything"}, ["lost"]),
    ],
)
def test_what_needs_a_person(change: dict[str, object], about: list[str]) -> None:
    assert [one.about for one in needs([SYNCED.model_copy(update=change)], [])] == about


def test_a_checkout_that_cannot_be_opened_needs_a_person() -> None:
    [one] = needs([SYNCED], [Unopened(project="alice/course", folder="/home/alice/old", fault="its state is damaged")])
    assert (one.about, one.folder, one.words) == ("unopened", "/home/alice/old", "its state is damaged")
