"""An event that a receiver refuses, again and again: what comes later goes on, nothing is dropped without a word."""

from __future__ import annotations

from datetime import timedelta
from http.server import BaseHTTPRequestHandler

import pytest

from hubshare.features.webhooks import operations, rounds, worker
from tests.helpers.receivers import says
from tests.helpers.webhook_story import Story

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def _refuses(story: Story, *numbers: int, status: int = 400) -> None:
    """Have the receiver refuse some versions, and take all others."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        number = story.receiver.received[-1].event["data"]["new"]["number"]
        says(status if number in numbers else 204)(handler)

    story.receiver.answers["/"] = answer


@pytest.mark.parametrize("status", [400, 404, 413])
def test_one_that_is_refused_holds_up_later_ones_for_seconds(story: Story, status: int) -> None:
    hook = story.webhook()
    _refuses(story, 1, status=status)
    for number in range(3):
        story.publish(f"{number}.txt")
        story.follow()
    story.wait(timedelta(seconds=12), timedelta(seconds=1))
    # Refused, once more after five seconds, and once more right before a later one was tried.
    assert story.receiver.numbers() == [1, 1, 1, 2, 3]
    first, *later = story.log(hook)
    assert (first.state, first.status) == ("failed", status) and "passed over" in first.error
    assert [one.state for one in later] == ["delivered"] * 2 and story.hook(hook).failing_since is None
    story.wait(4 * DAY, HOUR)
    assert len(story.receiver.received) == 5
    # It can be sent once more by hand.
    del story.receiver.answers["/"]
    operations.redeliver_failed(story.caller(), story.centre, webhook=hook, since=story.at - 7 * DAY)
    story.work()
    assert story.receiver.numbers()[5:] == [1]


def test_one_that_is_refused_slowly_holds_up_later_ones_no_longer(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "_TOGETHER_SECONDS", 0.0)
    hook = story.webhook()
    _refuses(story, 1)
    for number in range(2):
        story.publish(f"{number}.txt")
        story.follow()
    story.wait(timedelta(minutes=2), timedelta(seconds=1))
    assert story.receiver.numbers() == [1, 1, 1, 2]
    assert [one.state for one in story.log(hook)] == ["failed", "delivered"]


def test_what_comes_long_after_one_was_refused_need_not_wait_for_it(story: Story) -> None:
    story.webhook()
    _refuses(story, 1)
    story.publish()
    story.follow()
    story.wait(HOUR)
    assert set(story.receiver.numbers()) == {1} and len(story.receiver.numbers()) == 4
    story.receiver.received.clear()
    story.publish()
    story.follow()
    assert story.receiver.numbers() == [1, 2]


def test_while_all_is_refused_nothing_is_given_up_and_little_is_tried(story: Story) -> None:
    hook = story.webhook()
    story.receiver.answers["/"] = says(404)
    for number in range(9):
        story.publish(f"{number}.txt")
        story.follow()
        story.wait(timedelta(minutes=2), timedelta(seconds=5))
    assert max(story.receiver.numbers()) == rounds.MOST_REFUSED
    assert len(story.receiver.received) < 60
    assert {one.state for one in story.log(hook)} == {"waiting"}
    story.wait(DAY)
    assert {one.state for one in story.log(hook)} == {"waiting"}
    story.receiver.received.clear()
    del story.receiver.answers["/"]
    story.wait(DAY)
    assert story.receiver.numbers() == list(range(1, 10))
    assert {one.state for one in story.log(hook)} == {"delivered"}


def test_a_receiver_that_is_mended_gets_all_that_it_refused_in_order_with_the_next_one(story: Story) -> None:
    hook = story.webhook()
    story.receiver.answers["/"] = says(404)
    for number in range(2):
        story.publish(f"{number}.txt")
        story.follow()
    story.wait(3 * HOUR)
    story.receiver.received.clear()
    del story.receiver.answers["/"]
    story.publish("new.txt")
    story.follow()
    assert story.receiver.numbers() == [1, 2, 3]
    assert {one.state for one in story.log(hook)} == {"delivered"}


def test_a_receiver_that_refused_one_and_is_down_is_left_alone_and_has_nothing_given_up(story: Story) -> None:
    hook = story.webhook()
    _refuses(story, 1)
    story.publish()
    story.follow()
    story.wait(3 * HOUR)
    story.receiver.answers["/"] = says(503)
    story.receiver.received.clear()
    story.publish()
    story.follow()
    story.wait(3 * HOUR)
    assert len(story.receiver.received) < 20
    assert {one.state for one in story.log(hook)} == {"waiting"}
    story.receiver.received.clear()
    _refuses(story, 1)
    story.wait(12 * HOUR)
    assert story.receiver.numbers() == [1, 2]
    assert [one.state for one in story.log(hook)] == ["failed", "delivered"]


def test_a_receiver_that_asks_for_time_gets_it_and_one_that_is_gone_is_left_alone(story: Story) -> None:
    busy, gone, odd, odder = (story.webhook(name) for name in ("busy", "gone", "odd", "odder"))
    story.receiver.answers |= {"/busy": says(429, Retry_After="7200"), "/gone": says(410)}
    story.receiver.answers |= {"/odd": says(503, Retry_After="9" * 400)}
    story.receiver.answers |= {"/odder": says(503, Retry_After="Fri, 31 Dec 9999 23:5945972359")}
    story.publish()
    story.follow()
    story.publish()
    story.follow()
    assert [story.log(one)[0].attempts for one in (odd, odder)] == [1, 1]
    story.wait(2 * HOUR - timedelta(minutes=5))
    paths = [one.path for one in story.receiver.received]
    assert paths.count("/busy") == 1 and paths.count("/gone") == 1
    assert "410" in story.hook(gone).reason and story.hook(busy).disabled is None
    del story.receiver.answers["/busy"]
    story.wait(timedelta(minutes=10))
    assert story.receiver.numbers("/busy") == [1, 1, 2]
