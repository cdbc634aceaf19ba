"""What processes log: one JSON object a line, with the trace that it belongs to, and nothing that opens anything."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from hubshare import logs, tracing

EVENT = "0af7651916cd43dd8448eb211c80319c"


LOG = logging.getLogger("tests.logs")


@pytest.fixture
def write() -> Iterator[Any]:
    """Has lines be written as JSON or as text; returns what they are."""
    stream, added = io.StringIO(), list[logging.Handler]()

    def write(form: str) -> Callable[[], list[str]]:
        handler = logging.StreamHandler(stream)
        handler.setFormatter(logs.make_formatter(form))
        LOG.addHandler(handler)
        added.append(handler)
        return lambda: stream.getvalue().splitlines()

    yield write
    for handler in added:
        LOG.removeHandler(handler)
    tracing.adopt(None)


def test_a_line_is_json_with_its_trace_and_what_was_said_besides(write: Any) -> None:
    written = write("json")
    tracing.adopt(tracing.Trace.of(EVENT))
    LOG.warning("job=%s", "edit", extra={"outcome": "done", "ms": 1.5})
    tracing.adopt(None)
    LOG.warning("two\nlines \u202e <script>")
    first, second = (json.loads(line) for line in written())
    assert (first["event"], first["outcome"], first["ms"]) == ("job=edit", "done", 1.5)
    assert (first["trace"], first["level"], first["logger"]) == (EVENT, "warning", "tests.logs")
    assert first["timestamp"].endswith("Z") and first["pid"] > 0
    assert second["event"] == "two\nlines \u202e <script>" and "trace" not in second


def test_a_traceback_is_a_field_without_its_secrets(write: Any) -> None:
    written = write("json")
    try:
        raise ValueError("redis://hubshare:sesame@redis:6379 refused password=opensesame")
    except ValueError:
        LOG.exception("no")
    [line] = map(json.loads, written())
    assert "Traceback" in line["exception"] and "ValueError" in line["exception"]
    assert "sesame" not in line["exception"]
    assert "redis://redis:6379" in line["exception"]


def test_people_may_have_text(write: Any) -> None:
    written = write("text")
    LOG.error("token=abcdef is wrong")
    [line] = written()
    assert "token=(hidden) is wrong" in line


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://user:secret@host/a?b=c", "https://host/a?b=c"),
        ("GET /a?token=abc&b=1", "GET /a?token=(hidden)&b=1"),
        ("Authorization: token 0123456789abcdef0123", "Authorization: token (hidden)"),
        ("Authorization: Bearer eyJhbGciOi.J9", "Authorization: Bearer (hidden)"),
        ("{'password': 'sesame', 'user': 'bob'}", "{'password': '(hidden)', 'user': 'bob'}"),
        ('{"api_key":"x1"}', '{"api_key":"(hidden)"}'),
        ("said Bearer 0123456789abcdef0123", "said Bearer (hidden)"),
        ("a token of alice's, basic things and 12 tokens", "a token of alice's, basic things and 12 tokens"),
    ],
)
def test_what_opens_something_is_hidden(text: str, shown: str) -> None:
    assert logs.without_secrets(text) == shown
