"""The receiver of the documentation takes all that webhooks send."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import HTTPServer
from pathlib import Path
from typing import Any

import pytest

from hubshare.features.webhooks import operations
from hubshare.features.webhooks.operations import Place
from hubshare.store.models import now
from hubshare.wire.api.webhooks import NewWebhook
from tests.helpers.webhook_story import Story

PAGE = Path(__file__).parents[4] / "docs/how-to/webhooks.md"


@contextmanager
def documented(secret: Callable[[], str], monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, Callable[[], None]]]:
    """The address of the receiver as the page has it, and what starts it, once its secret is known."""
    (code,) = re.findall(r"```python\n(# pip install standardwebhooks.*?)```", PAGE.read_text(), re.DOTALL)
    defined, _, last = code.rpartition("HTTPServer((")
    assert "serve_forever" in last
    known: dict[str, Any] = {}
    server = HTTPServer(("127.0.0.1", 0), lambda *args: known["Receiver"](*args))
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)

    def start() -> None:
        monkeypatch.setenv("WEBHOOK_SECRET", secret())
        exec(defined, known)
        known["Receiver"].log_message = lambda *args: None
        thread.start()

    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/hooks", start
    finally:
        server.shutdown()
        server.server_close()


def test_it_takes_a_trial_as_well_as_a_version(
    story: Story, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    made: list[str] = []
    with documented(lambda: made[1], monkeypatch) as (url, start):
        of = Place((story.world.project.owner, story.world.project.name))
        hook = operations.create_webhook(
            story.caller(), story.centre, of=of, wanted=NewWebhook(url=url), source="http://hub.test/"
        )
        made += [hook.id, hook.secret or ""]
        start()
        operations.send_test(story.caller(), story.centre, webhook=hook.id)
        story.at = now()
        story.work()
        story.publish("a.txt")
        story.follow()
        assert [one.state for one in story.log(hook.id)] == ["delivered", "delivered"]
    assert story.world.project.full_name in capsys.readouterr().out
