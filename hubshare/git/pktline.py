"""Git's wire format: pkt-lines, what a push begins with, and how it is answered.

Source: git's Documentation/gitprotocol-common.txt, gitprotocol-pack.txt, gitprotocol-http.txt.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from hubshare import __version__
from hubshare.config import KIB
from hubshare.errors import Invalid
from hubshare.git.repository import MAIN

FLUSH = b"0000"
#: The id that stands for "no such ref" in a push.
NOTHING = "0" * 40
#: Bands of a side-band: what the client reads, and what it shows to the person as `remote: …`.
ANSWER, MESSAGE = 1, 2

#: What a push may ask for. No `delete-refs`, since main stays, and no `atomic`, since there is one branch.
CAPABILITIES = (
    f"report-status side-band-64k quiet ofs-delta push-options object-format=sha1 agent=hubshare/{__version__}"
)

_LINE_MOST = 65_520
_HEAD_MOST = 256 * KIB
_COMMAND = re.compile(rb"([0-9a-f]{40}) ([0-9a-f]{40}) ([^\0\n]+)(?:\0([^\n]*))?\n?")


class RefCommand(NamedTuple):
    """What a push wants to do to one ref.

    Attributes:
        old, new: ids; `NOTHING` for a ref that is to be made or deleted.
        ref: its full name.
    """

    old: str
    new: str
    ref: str


def line(text: bytes) -> bytes:
    """One pkt-line."""
    return b"%04x" % (len(text) + 4) + text


def advertisement(main: str) -> bytes:
    """The answer to `info/refs?service=git-receive-pack`: where `main` stands, and what a push may ask for.

    Args:
        main: the commit; "" for a branch that the push may begin.
    """
    first = f"{main or NOTHING} {MAIN if main else 'capabilities^{}'}\0{CAPABILITIES}\n".encode()
    return service_line("git-receive-pack") + line(first) + FLUSH


def service_line(service: str) -> bytes:
    """What stands before the refs in protocols 0 and 1 over HTTP."""
    return line(f"# service={service}\n".encode()) + FLUSH


def side_band(band: int, content: bytes) -> Iterator[bytes]:
    """Content on a band, in pkt-lines of at most 65,520 bytes; an empty content gives one that keeps the line alive."""
    step = _LINE_MOST - 5
    for at in range(0, max(len(content), 1), step):
        yield line(bytes([band]) + content[at : at + step])


def report(unpacked: str, results: Iterable[tuple[str, str]]) -> bytes:
    """What became of a push (`report-status`).

    Args:
        unpacked: "ok", or why nothing could be looked at.
        results: each ref of the push, with "" or the reason why it was not moved.
    """
    lines = [f"unpack {unpacked}", *(f"ng {ref} {reason}" if reason else f"ok {ref}" for ref, reason in results)]
    return b"".join(line(text.encode() + b"\n") for text in lines) + FLUSH


class PushHead:
    """Reads what stands before the pack in the body of a push, as it comes in.

    Attributes:
        commands: what the push wants to do.
        capabilities: what it asks for.
        options: what the person gave with `-o`.
    """

    def __init__(self) -> None:
        self.commands: list[RefCommand] = []
        self.capabilities: frozenset[str] = frozenset()
        self.options: list[str] = []
        self._waiting = bytearray()
        self._read = 0
        self._in_options = False

    def feed(self, chunk: bytes) -> bytes | None:
        """Take in the next bytes.

        Returns:
            None while the head is not complete; then the bytes behind it, where the pack begins.

        Raises:
            Invalid: when it is not what git sends.
        """
        self._waiting += chunk
        for text in self._lines():
            if text is not None:
                self._take(text)
            elif self._in_options or "push-options" not in self.capabilities:
                return bytes(self._waiting)
            else:
                self._in_options = True
        if self._read + len(self._waiting) > _HEAD_MOST:
            raise Invalid("The push names too many refs: push main alone.")
        return None

    def _lines(self) -> Iterator[bytes | None]:
        """The complete lines that have come in; None for a flush."""
        while len(self._waiting) >= 4:
            digits = bytes(self._waiting[:4])
            if not re.fullmatch(rb"[0-9a-fA-F]{4}", digits):
                raise Invalid("This is not a push as git sends it: a line has no length.")
            size = int(digits, 16)
            if size in (1, 2, 3) or size > _LINE_MOST:
                raise Invalid("This is not a push as git sends it: a line has a length that there is not.")
            if len(self._waiting) < size:
                return
            text = bytes(self._waiting[4:size]) if size else None
            del self._waiting[: max(size, 4)]
            self._read += max(size, 4)
            yield text

    def _take(self, text: bytes) -> None:
        if self._in_options:
            self.options.append(text.rstrip(b"\n").decode(errors="replace"))
        elif text.startswith(b"shallow "):
            # Where the history of the client ends. That all of a push's history is here is found out from its pack.
            return
        else:
            found = _COMMAND.fullmatch(text)
            if found is None:
                raise Invalid("This is not a push as git sends it: a command cannot be read.")
            if found[4] is not None and not self.commands:
                self.capabilities = frozenset(found[4].decode(errors="replace").split())
            old, new, ref = (part.decode(errors="replace") for part in found.group(1, 2, 3))
            self.commands.append(RefCommand(old, new, ref))
