"""What a client says in one step of a fetch, without a word about what was never published.

In protocol 2 git gives any object to whoever knows its id, and in all of them it says of any object that a client names whether
it is there. So git is asked about nothing but what is published.

Source: git's Documentation/gitprotocol-pack.txt, gitprotocol-v2.txt; `upload-pack.c`.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from secrets import token_hex
from typing import IO

from hubshare.errors import Invalid, NotFound
from hubshare.git import stock
from hubshare.git.pktline import line
from hubshare.git.repository import Repository

_NAMED = re.compile(rb"(want|have|shallow) ([0-9a-fA-F]{40})([ \n\0].*)?", re.DOTALL)
_VERBS = (b"want ", b"have ", b"shallow ")
_COMMANDS = (b"command=ls-refs", b"command=fetch")
#: The only ref that is told of, as a client may call it.
_MAIN = ("main", "heads/main", "refs/heads/main", "HEAD")
#: Of more commits that a client has nobody needs to know.
_HAVES_MOST = 20_000
_ID = re.compile(rb"\b[0-9a-fA-F]{40}\b")
#: So much of what git says of a request is told, in characters.
_SAID_MOST = 300


class Refused(NotFound):
    """A fetch of something that is not there for the person. The words are git's own."""


#: Gives those of some ids that are published: any of them, or only versions, as far as these are quick to be found.
Among = Callable[[set[str]], set[str]]


def published_only(request: IO[bytes], target: IO[bytes], published: Among, versions: Among) -> None:
    """Write down what of a request git is to hear.

    Args:
        request: what the client sent, from its beginning.
        target: where it is written.
        published: of what the client wants, and where its history was cut.
        versions: of what the client has. A published commit that is left out is only sent once more.

    Raises:
        Refused: when something is wanted that is not published.
        Invalid: when it is not what git sends.
    """
    named: dict[bytes, set[str]] = {b"want": set(), b"have": set(), b"shallow": set()}
    for text in _lines(request):
        verb, name = _named(text)
        if verb == b"have" and len(named[verb]) >= _HAVES_MOST:
            continue
        if verb:
            named[verb].add(name)
    has = versions(named[b"have"])
    # What is known by now need not be asked about.
    rest = (named[b"want"] | named[b"shallow"]) - has
    there = has | (published(rest) if rest else set())
    for wanted in sorted(named[b"want"] - there):
        raise Refused(f"upload-pack: not our ref {wanted}")
    request.seek(0)
    for text in _lines(request):
        verb, name = _named(text)
        if verb == b"have" and name not in has:
            # Who has nothing that is here is sent everything at once: so git hears of something that is nowhere.
            text = line(b"have " + token_hex(20).encode() + b"\n")
        if verb != b"shallow" or name in there:
            target.write(text)
    target.flush()


def fault_of(request: IO[bytes], protocol: str, folder: Path) -> str:
    """What git says of a request that it cannot read; empty where it can.

    Git ends without an answer both where it cannot read a request and where it cannot read the repository. So it is asked
    the same of a repository that is sound, with the commit there in place of every object that is named.

    Args:
        request: as `published_only` wrote it.
        protocol: the header `Git-Protocol` of the request.
        folder: where there is room for a request.
    """
    with tempfile.TemporaryDirectory() as made, tempfile.TemporaryFile(dir=folder) as asked:
        sound = Repository.create(Path(made, "sound"), "nobody", 0, "Begin")
        try:
            head = sound.main.encode()
            request.seek(0)
            for text in _lines(request):
                asked.write(_ID.sub(head, text))
            args = ("upload-pack", "--strict", "--stateless-rpc", str(sound.path))
            with stock.running(sound.path, *args, given=asked, protocol=protocol) as done:
                if done.code == 0 or done.output.read(1):
                    return ""
                said = " ".join(done.said.removeprefix("fatal: ").split())
        finally:
            sound.close()
    shown = "".join(sign if sign.isprintable() else "?" for sign in said)
    return shown[:_SAID_MOST] or "it ends too early"


def _named(text: bytes) -> tuple[bytes, str]:
    """The verb of a line and the object that it names; two times nothing where it names none."""
    said = text[4:]
    found = _NAMED.fullmatch(said)
    if found is not None:
        return found[1], found[2].decode().lower()
    if said.startswith(_VERBS):
        raise Invalid("This is not a request as git sends it: an object's name cannot be read.")
    if said.startswith(b"command=") and said.rstrip(b"\n") not in _COMMANDS:
        raise Invalid("Only a fetch, and a list of what there is, can be asked for.")
    if said.startswith(b"deepen-not "):
        ref = said.removeprefix(b"deepen-not ").rstrip(b"\n").decode(errors="replace")
        if ref not in _MAIN:
            raise Refused(f"git upload-pack: deepen-not is not a ref: {ref}")
    return b"", ""


def _lines(request: IO[bytes]) -> Iterator[bytes]:
    """Each pkt-line with its length in front; of a flush or a delimiter that is all."""
    while head := request.read(4):
        if not re.fullmatch(rb"[0-9a-fA-F]{4}", head):
            raise Invalid("This is not a request as git sends it: a line has no length.")
        size = int(head, 16)
        rest = request.read(size - 4) if size > 4 else b""
        if size == 3 or len(rest) != max(size - 4, 0):
            raise Invalid("This is not a request as git sends it: a line has a length that there is not.")
        yield head + rest
