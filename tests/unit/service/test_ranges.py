"""Ranges of files that are sent: what is asked for, and that just this comes, however the file is read."""

from __future__ import annotations

from collections.abc import Iterator

import anyio
import pytest

from hubshare.git.objects import BLOB
from hubshare.git.streams import ObjectStream
from hubshare.service.web.downloads import RangeContent, range_asked

CONTENT = bytes(range(100))


def sent(wanted: range, step: int) -> tuple[int, bytes, int]:
    """Status and content of an answer, and how many bytes of the file were read for it."""
    read = 0

    def pieces() -> Iterator[bytes]:
        nonlocal read
        for at in range(0, len(CONTENT), step):
            read += len(CONTENT[at : at + step])
            yield CONTENT[at : at + step]

    closed = list[bool]()
    content = ObjectStream(BLOB, len(CONTENT), pieces(), lambda: closed.append(True))
    answer = RangeContent(content, wanted, "audio/wav", {})
    messages = list[dict[str, object]]()

    async def receive() -> dict[str, object]:
        await anyio.sleep_forever()
        raise AssertionError

    async def send(message: dict[str, object]) -> None:
        messages.append(message)

    anyio.run(answer, {"type": "http", "asgi": {"spec_version": "2.4"}}, receive, send)
    assert closed == [True]
    return answer.status_code, b"".join(one["body"] for one in messages[1:] if isinstance(one["body"], bytes)), read


@pytest.mark.parametrize("step", [1, 7, 30, 100, 1000])
@pytest.mark.parametrize("wanted", [range(100), range(1), range(29, 31), range(30, 60), range(99, 100)])
def test_just_the_range_comes_and_nothing_behind_it_is_read(wanted: range, step: int) -> None:
    status, content, read = sent(wanted, step)
    assert (status, content) == (206, CONTENT[wanted.start : wanted.stop]) and read < wanted.stop + step


@pytest.mark.parametrize(
    ("header", "wanted"),
    [
        ("bytes=0-9", range(10)),
        ("bytes=90-", range(90, 100)),
        ("bytes=-200", range(100)),
        ("bytes=-0", range(100, 100)),
        ("bytes=100-", range(100, 100)),
        ("bytes=9-5", None),
        ("bytes=0-1,3-4", None),
        ("bytes=-", None),
        ("", None),
    ],
)
def test_what_is_asked_for(header: str, wanted: range | None) -> None:
    asked = range_asked({"range": header}, 100, '"a"')
    assert asked == wanted and (asked is None) == (wanted is None)
    assert range_asked({"range": header, "if-range": '"b"'}, 100, '"a"') is None
