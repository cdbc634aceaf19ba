"""Receivers whose TLS is wrong, and what they ask for by `Retry-After` however they write it."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from hubshare_workers.fetch.budget import Budget
from hubshare_workers.fetch.guard import Guard
from hubshare_workers.fetch.web import Web

from hubshare.errors import Unavailable
from tests.helpers.mail_server import make_certificate
from tests.helpers.receivers import says
from tests.helpers.webhook_story import Story


@pytest.fixture(params=["self-signed certificate", "does not speak TLS"])
def wrong(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, str]]:
    """The address of a server whose TLS is wrong, and what is to be said of it."""
    server = HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    if request.param == "self-signed certificate":
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(make_certificate(tmp_path))
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield f"https://127.0.0.1:{server.server_address[1]}/x.csv", request.param
    server.shutdown()
    server.server_close()


def test_what_is_wrong_with_tls_is_in_the_log(story: Story, wrong: tuple[str, str]) -> None:
    url, words = wrong
    hook = story.webhook()
    with story.centre.database.begin() as session:
        session.get_one(type(story.hook(hook)), hook).url = url
    story.publish("a.txt")
    story.follow()
    (tried,) = story.log(hook)
    assert tried.state == "waiting" and words in tried.error


def test_what_is_wrong_with_tls_is_told_whoever_fetches(story: Story, wrong: tuple[str, str], tmp_path: Path) -> None:
    url, words = wrong
    web = Web(Guard(story.centre.settings), Budget(5, 1000, 2), tmp_path)
    with pytest.raises(Unavailable, match=words):
        web.download(url)
    web.close()


@pytest.mark.parametrize(
    ("asked", "waits"),
    [
        ("120", timedelta(minutes=2)),
        ("86400000", timedelta(days=1)),
        ("99999999999", timedelta(days=1)),
        ("9" * 400, timedelta(days=1)),
        ("Fri, 31 Dec 9999 23:59:59 GMT", timedelta(days=1)),
        ("0", timedelta(seconds=5)),
        ("-5", timedelta(seconds=5)),
        ("1.5", timedelta(seconds=5)),
        ("soon", timedelta(seconds=5)),
        ("Wed, 21 Oct 2015 07:28:00 GMT", timedelta(seconds=5)),
        ("Mon, 99 Foo 99999 99:99:99 +9999999", timedelta(seconds=5)),
    ],
)
def test_a_receiver_gets_the_time_that_it_asks_for_up_to_a_day(story: Story, asked: str, waits: timedelta) -> None:
    hook = story.webhook()
    story.receiver.answers["/"] = says(503, Retry_After=asked)
    story.publish("a.txt")
    story.follow()
    (tried,) = story.log(hook)
    assert tried.due is not None and tried.tried is not None and tried.due - tried.tried == waits
