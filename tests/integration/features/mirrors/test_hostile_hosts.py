"""Mirrors at hosts that drip, talk without end, go away or lie within: bounded, and out of reach."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from hubshare_workers.fetch.guard import Guard

from hubshare.errors import Clash, Invalid
from tests.helpers.internet import Visit
from tests.helpers.mirror_story import SECRET, Story

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def endless(visit: Visit) -> None:
    visit.send_response(200)
    visit.send_header("content-type", "application/x-git-receive-pack-advertisement")
    visit.end_headers()
    try:
        while True:
            visit.wfile.write(b"0032" + b"a" * 40 + b" refs/heads/x\n" * 1000)
    except OSError:
        return


def drips(visit: Visit) -> None:
    visit.wfile.write(b"HTTP/1.1 200 OK\r\n")
    try:
        while True:
            visit.wfile.write(b"X: 1\r\n")
            visit.wfile.flush()
            time.sleep(0.1)
    except OSError:
        return


def talks(visit: Visit) -> None:
    """Takes a push, and says something about it for ever."""
    visit.send_response(200)
    visit.send_header("content-type", "application/x-git-receive-pack-result")
    visit.end_headers()
    try:
        while True:
            line = b"\x02" + b"remote words \x1b[2J" * 500 + b"\n"
            visit.wfile.write(b"%04x" % (len(line) + 4) + line)
    except OSError:
        return


@pytest.mark.parametrize("answer", [endless, drips, talks])
def test_hostile_answers_are_bounded(story: Story, answer: Callable[[Visit], None]) -> None:
    mirror = story.mirror()
    path = f"/{story.there.path.name}/" + (
        "git-receive-pack" if answer is talks else "info/refs?service=git-receive-pack"
    )
    story.internet.answers[path] = answer
    story.centre.settings.fetch_idle_seconds = 1
    story.work()
    shown = story.shown(mirror)
    assert shown.state in ("refused", "unreachable") and len(shown.message) < 500 and story.main == ""
    story.internet.answers.clear()
    assert story.wait(2 * HOUR) == 1 and story.main == story.world.repository.main


def test_a_host_that_is_down_is_tried_again_and_given_up_in_the_end(story: Story) -> None:
    mirror = story.mirror()
    story.internet.serve(f"/{story.there.path.name}/info/refs", "busy", 503)
    story.work()
    assert story.shown(mirror).state == "unreachable"
    tries = [bool(story.wait(timedelta(minutes=1))) for _ in range(10)]
    assert tries[0] and tries.count(True) == 2
    for _ in range(14):
        story.wait(timedelta(hours=13))
    assert story.shown(mirror).disabled is not None and "7 days" in story.shown(mirror).reason
    asked = len(story.internet.asked)
    assert story.wait(DAY) == 0 and len(story.internet.asked) == asked
    with pytest.raises(Clash):
        story.ask(mirror)
    story.internet.answers.clear()
    story.change(mirror, paused=False)
    story.work()
    assert story.main == story.world.repository.main


def test_addresses_within_and_other_hosts_are_out_of_reach(story: Story) -> None:
    elsewhere = story.mirror(branch="a")
    story.internet.redirect(
        f"/{story.there.path.name}/info/refs",
        story.internet.serve(
            "/elsewhere.git/info/refs", "0000", Content_Type="application/x-git-receive-pack-advertisement"
        ).replace("127.0.0.1", "localhost")
        + "?service=git-receive-pack",
    )
    story.work()
    assert "leads to another host" in story.shown(elsewhere).message
    assert "authorization" not in story.internet.asked[-1].headers
    story.internet.answers.clear()
    story.internet.asked.clear()
    story.centre.settings.fetch_allowed_networks = ()
    within = story.mirror(branch="b")
    story.work()
    assert "nothing is fetched from or sent to" in story.shown(within).message and story.internet.asked == []
    for url in (
        "file:///etc",
        "ext::sh -c id",
        "https://u:p@example.org/x.git",
        "https://example.org",
        "-u",
        "https:///x",
    ):
        with pytest.raises((Invalid, ValueError)):
            story.mirror(url=url)
    with pytest.raises(Invalid, match=r"https://example\.org/o/r\.git"):
        story.mirror(url="git@example.org:o/r.git")
    for branch in ("a..b", "-f", "refs/heads/x", "a b", "x.lock", "+main", "a:b", "HEAD"):
        with pytest.raises((Invalid, ValueError)):
            story.mirror(branch=branch)


def test_over_http_nothing_leaves_the_house(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    mirror = story.mirror(user="", secret="")
    story.internet.writers.clear()
    try:
        pin = Guard.pin
        monkeypatch.setattr(Guard, "pin", lambda self, url: pin(self, url)._replace(own=False))
        story.there.git("config", "http.receivepack", "true")
        story.work()
    finally:
        story.internet.writers["git"] = SECRET
    assert "by https alone" in story.shown(mirror).message and story.main == ""
