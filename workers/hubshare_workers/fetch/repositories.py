"""Git repositories on the internet: what they have, and fetching a commit by stock git.

The redirects that a repository has are followed here, before, by the guarded web; git follows none.

Source: git's Documentation/gitprotocol-http.txt and gitprotocol-pack.txt, and config/fetch.txt.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from typing import BinaryIO, NamedTuple

from hubshare import __version__
from hubshare.config import MIB, CentreSettings
from hubshare.errors import HubShareError, Invalid, NotFound, TooLarge, Unavailable
from hubshare.git.pktline import FLUSH, line
from hubshare.names import quoted
from hubshare_workers.fetch.git_transport import transport
from hubshare_workers.fetch.guard import Guard, Pinned, host_of
from hubshare_workers.fetch.stage import Stage
from hubshare_workers.fetch.web import NotOpened, Web

#: Largest list of refs, in bytes, and most of them.
_LIST, _MOST = 64 * MIB, 200_000
#: Longest name of a ref that is read.
_LONGEST = 500
_HEX = re.compile(r"[0-9a-f]{40}")
_LENGTH = re.compile(rb"[0-9a-fA-F]{4}")
#: The bands of an answer: the pack, what is said to a person, and why it breaks off.
_PACK, _SAYS, _FAULT = b"\1", b"\2", b"\3"
#: How git says that a server does not give a commit by its id.
_UNNAMED = re.compile("not our ref|unadvertised object")
#: Where a commit is put that was fetched.
_HERE, _BEFORE = "refs/hubshare/import", "refs/hubshare/before"


class _Refused(Exception):
    """A server does not send what it was asked for: it has said so, or speaks in another way."""


class BrokenHistory(Invalid):
    """A history that git does not take in as it is."""


class Remote(NamedTuple):
    """A repository, as it was found.

    Attributes:
        url: where redirects led.
        refs: name to the id of a commit, tags peeled: of branches and tags, of `HEAD`, and as `HEAD@` the name of its branch.
    """

    url: str
    refs: Mapping[str, str]


def look_up(web: Web, url: str, also: str = "") -> Remote:
    """Ask a repository what it has.

    Args:
        also: a ref that is wanted though it is neither branch nor tag.

    Raises:
        HubShareError: in words, when there is no such repository, or it is empty.
    """
    try:
        base, refs = advertised(web, url, "git-upload-pack", also)
    except NotFound:
        raise NotFound(
            f"{host_of(url)} has no git repository at this address, or none that everybody may read."
        ) from None
    if not refs:
        raise Invalid(f"The repository at {host_of(url)} is empty: there is nothing to take.")
    return Remote(base, refs)


def advertised(web: Web, url: str, service: str, also: str = "") -> tuple[str, dict[str, str]]:
    """Where redirects led, and what a repository says that it has; see `read_refs`.

    Args:
        service: of git: `git-upload-pack` for who fetches, `git-receive-pack` for who pushes.

    Raises:
        HubShareError: in words, when there is no such repository, or it is not open.
    """
    found = web.download(f"{url.rstrip('/')}/info/refs?service={service}", most=_LIST)
    base, asked, _ = found.url.partition("/info/refs")
    if not asked or found.type != f"application/x-{service}-advertisement":
        raise Invalid(f"{host_of(url)} has no git repository at this address.")
    with found.path.open("rb") as file:
        refs = read_refs(file, also, host_of(url))
    found.path.unlink()
    return base, refs


def read_refs(file: BinaryIO, also: str, host: str) -> dict[str, str]:
    """Read what a repository says that it has; see `Remote.refs`.

    Args:
        also: a ref that is wanted though it is neither branch nor tag; "" for none.
        host: said when it cannot be read.

    Raises:
        HubShareError: in words, when it cannot.
    """
    refs, head = dict[str, str](), ""
    for number, raw in enumerate(_pkt_lines(file)):
        text, _, capabilities = raw.rstrip(b"\n").partition(b"\0")
        if b"object-format=sha256" in capabilities:
            raise Invalid(f"The repository at {host} names its objects by SHA-256, which is not read here.")
        if number <= 1 and (named := re.search(rb"symref=HEAD:(\S+)", capabilities)):
            head = named[1].decode(errors="replace")
        name, _, ref = text.decode(errors="replace").partition(" ")
        if not _HEX.fullmatch(name):
            continue
        plain = ref.removesuffix("^{}")
        if len(plain) > _LONGEST or not plain.isprintable():
            # Git makes no such names: they would be in people's terminals.
            continue
        if plain == "HEAD" or plain == also or plain.startswith(("refs/heads/", "refs/tags/")):
            # What a tag stands for comes after the tag.
            refs[plain] = name
        if len(refs) > _MOST:
            raise TooLarge(f"The repository at {host} has more than {_MOST:,} branches and tags.")
    return refs | ({"HEAD@": head} if head in refs and "HEAD" in refs else {})


def _pkt_lines(file: BinaryIO) -> Iterator[bytes]:
    while len(head := file.read(4)) == 4:
        with suppress(ValueError):
            length = int(head, 16)
            if length >= 4:
                yield file.read(length - 4)
            continue
        raise Unavailable("The repository did not answer as git does.")


class Repositories:
    """Fetches from repositories.

    Args:
        web: gives the header by which a credential opens them.
    """

    def __init__(self, guard: Guard, web: Web, settings: CentreSettings) -> None:
        self._guard, self._web, self._settings = guard, web, settings

    def fetch(self, stage: Stage, remote: Remote, commit: str, ref: str, history: bool, before: str = "") -> None:
        """Fetch a commit into a stage, with the tree that it has, and its history if that is wanted.

        Args:
            ref: that led to it a moment ago; "" for none.
            before: a commit that is held already, with its history: that is not fetched again; "" for none.

        Raises:
            HubShareError: in words.
        """
        if not _HEX.fullmatch(commit):
            raise Invalid(f"{quoted(commit)} is not the id of a commit.")
        if history and commit in remote.refs.values() and self._received(stage, remote, commit, before):
            return
        if before and history:
            with stage.git("update-ref", _BEFORE, before):
                pass
        pinned = self._guard.pin(remote.url)
        said = self._run(stage, pinned, commit, history)
        if _UNNAMED.search(said) and ref and ref != "HEAD":
            # Servers of the older protocol give what they name alone.
            said = self._run(stage, pinned, ref, history)
        if said:
            raise _in_words(said, host_of(remote.url), history)
        with stage.git("rev-parse", "--verify", "--quiet", f"{_HERE}^{{commit}}") as done:
            got = done.output.read().decode().strip()
        if not got:
            raise Invalid(
                f"What was asked for is no commit in the repository at {host_of(remote.url)}: name another one."
            )
        if got != commit:
            raise Unavailable(f"The repository at {host_of(remote.url)} changed while it was fetched: try again.")

    def _received(self, stage: Stage, remote: Remote, commit: str, before: str) -> bool:
        """Ask for a commit and its history at once, since what there is has been told; returns whether it came.

        A server that wants to be asked in another way is asked by git.
        """
        how = f"ofs-delta side-band-64k no-progress agent=hubshare/{__version__}" + (" thin-pack" if before else "")
        # One that was made here, on top of the source's, is not known there.
        held = (before, *stage.parents_of(before)) if before else ()
        have = b"".join(line(f"have {name}\n".encode()) for name in held)
        wanted = line(f"want {commit} {how}\n".encode()) + FLUSH + have + line(b"done\n")
        host = host_of(remote.url)
        try:
            with self._web.exchanged(f"{remote.url}/git-upload-pack", wanted, "git-upload-pack") as pieces:
                said = stage.unpack(_pack_in(pieces, host), f"Fetching from {host}")
        except _Refused:
            return False
        if said:
            raise _in_words(said, host, history=True)
        return stage.is_commit(commit)

    def _run(self, stage: Stage, pinned: Pinned, what: str, history: bool) -> str:
        """What git says to be wrong, or ""."""
        reach = transport(
            pinned,
            self._settings,
            stage.budget.idle,
            self._web.authorization(pinned.url),
            # A history is taken as it is, so all of it has to be sound; else just what is taken is looked at later.
            fetch_fsckObjects="true" if history else "false",
            fetch_unpackLimit="1",
            fetch_recurseSubmodules="false",
            # As a clone does: somebody waits for it.
            pack_threads="2",
        )
        depth = () if history else ("--depth=1",)
        how = (
            "--quiet",
            "--no-tags",
            "--no-recurse-submodules",
            "--no-auto-maintenance",
            "--no-write-fetch-head",
            *depth,
        )
        what = f"+{what}:{_HERE}"
        doing = f"Fetching from {host_of(pinned.url)}"
        with stage.reach(*reach.args, "fetch", *how, "--", pinned.url, what, given=reach.given, what=doing) as done:
            return "" if done.code == 0 else done.said or f"it ended with code {done.code}"


def _pack_in(pieces: Iterable[bytes], host: str) -> Iterator[bytes]:
    """The pack out of the lines that a server sends it in.

    Raises:
        _Refused: when there is none.
        Unavailable: when it breaks off.
    """
    waiting, begun = bytearray(), False
    for piece in pieces:
        waiting += piece
        while len(waiting) >= 4:
            if not _LENGTH.fullmatch(waiting, 0, 4):
                raise _Refused
            size = max(int(waiting[:4], 16), 4)
            if len(waiting) < size:
                break
            text = bytes(waiting[4:size])
            del waiting[:size]
            if text[:1] == _PACK:
                begun = True
                yield text[1:]
            elif begun and text[:1] == _FAULT:
                raise Unavailable(f"{host} broke off what it was sending: try again later.")
            elif text and text[:1] != _SAYS and not text.startswith((b"NAK", b"ACK ")):
                raise _Refused
    if not begun:
        raise _Refused


def _in_words(said: str, host: str, history: bool) -> HubShareError:
    """Why git failed, without what it repeats of an address."""
    if "Authentication failed" in said or "could not read Username" in said or re.search(r"\b40[13]\b", said):
        return NotOpened(
            f"The repository at {host} does not let this be read: if it is private, give a password or token."
        )
    if _UNNAMED.search(said) or "couldn't find remote ref" in said:
        return NotFound(f"The repository at {host} has no such commit, or does not give it away by its id.")
    if history and (
        "fsck error" in said or "invalid object" in said.lower() or re.search(r"object [0-9a-f]{40}: ", said)
    ):
        return BrokenHistory(f"Git calls something in the history of the repository at {host} broken.")
    if "File size limit" in said or "signal 25" in said:
        return TooLarge(f"The repository at {host} is larger than what may be fetched for this project now.")
    if "Operation too slow" in said or "timed out" in said:
        return Unavailable(f"{host} does not answer, or too slowly: try again later.")
    return Unavailable(f"The repository at {host} could not be fetched: try again later.")
