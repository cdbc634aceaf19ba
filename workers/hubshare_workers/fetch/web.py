"""Downloads and answers of APIs, guarded and bounded; a file of any size goes to the disk piece by piece."""

from __future__ import annotations

import base64
import json
import re
import time
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from email.message import Message
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit
from uuid import uuid4

import httpx

from hubshare import __version__
from hubshare.config import KIB, MIB
from hubshare.downloaded import Download
from hubshare.errors import Forbidden, HubShareError, Invalid, NotFound, Unavailable
from hubshare.names import size
from hubshare.room import check_room
from hubshare.sealed import Credential
from hubshare_workers.fetch.budget import Budget
from hubshare_workers.fetch.guard import Guard, host_of, in_words
from hubshare_workers.fetch.parts import Part, Parts

_CHUNK = 64 * KIB
#: Largest answer of an API, in bytes.
_ANSWER = 16 * MIB
#: Before a server is asked to go on with a download that broke off, in seconds.
_PAUSE = 0.5
_KEPT = "What has come of it is kept for a day, and the next try goes on with it."
#: Fewer digits has the size of any file.
_DIGITS = 20
#: What was changed so long before it was sent, in seconds, is called by that moment alone.
_STRONG_SECONDS = 60.0


class _OtherPart(Unavailable):
    """A server does not go on where it was asked to."""

    def __init__(self, host: str) -> None:
        super().__init__(f"{host} sends a part of the file that it was not asked for.")


class Web:
    """The web, for the time of one import.

    Args:
        folder: where downloads lie; whoever made it removes it.
        home: the address that the person gave; a credential goes to its host alone.
        parts: what has come of downloads that broke off; where not given, that is gone with the folder.
    """

    def __init__(
        self,
        guard: Guard,
        budget: Budget,
        folder: Path,
        credential: Credential | None = None,
        home: str = "",
        parts: Parts | None = None,
    ) -> None:
        self._guard, self._budget, self._folder = guard, budget, folder
        self._parts = parts or Parts(folder)
        self._credential, self._home = credential, origin(guard.mirrored(home))
        self._client = guard.client(budget)

    def close(self) -> None:
        """Let the connections go."""
        self._client.close()

    def authorization(self, url: str) -> str:
        """The header by which a credential opens an address; "" where it does not go there.

        Raises:
            Invalid: when it would be sent where everybody can read it.
        """
        if self._credential is None or origin(url) != self._home:
            return ""
        if urlsplit(url).scheme != "https" and not self._guard.pin(url).own:
            raise Invalid(f"A credential goes by https alone, and {host_of(url)} is to be read by http.")
        user, secret = self._credential.user, self._credential.secret
        if not user:
            return f"Bearer {secret}"
        return "Basic " + base64.b64encode(f"{user}:{secret}".encode()).decode()

    def json(self, url: str, body: object = None, kind: str = "application/json") -> object:
        """What an API answers.

        Args:
            body: what it is sent, if anything.
            kind: media type of both.

        Raises:
            HubShareError: in words, when it is not to be had or is no JSON.
        """
        sent = None if body is None else json.dumps(body).encode()
        headers = {"Accept": kind} | ({"Content-Type": kind} if sent is not None else {})
        with self._asked("GET" if sent is None else "POST", url, headers, sent) as response:
            taken, size = list[bytes](), 0
            for piece in self._pieces(response):
                size += len(piece)
                if size > _ANSWER:
                    raise Unavailable(f"{host_of(url)} answers with more than is read.")
                taken.append(piece)
        try:
            found: object = json.loads(b"".join(taken))
        except (ValueError, RecursionError):
            raise Unavailable(f"{host_of(url)} did not answer as such a site does.") from None
        return found

    def landing(self, url: str) -> str:
        """Where an address leads to in the end; nothing of what lies there is read."""
        with self._asked("GET", url) as response:
            return str(response.url)

    def etag(self, url: str) -> str:
        """How the server calls what it has at an address now; "" where it does not, or not byte for byte."""
        try:
            with self._asked("HEAD", url) as response:
                found = response.headers.get("etag", "")
        except (NotFound, Forbidden, Unavailable):
            # Some serve a GET alone.
            return ""
        return _strong(found)

    @contextmanager
    def exchanged(self, url: str, body: bytes, service: str) -> Iterator[Iterator[bytes]]:
        """What a server answers to a request of git, as it comes; nothing where it does not answer as git does.

        Args:
            service: of git, `git-upload-pack`. A redirect is not followed: where it leads was asked before.
        """
        kind = f"application/x-{service}"
        headers = {"Content-Type": f"{kind}-request", "Accept": f"{kind}-result"}
        with self._asked("POST", url, headers, body, follow=False) as response:
            answered = response.status_code == 200 and response.headers.get("content-type", "") == f"{kind}-result"
            yield self._pieces(response) if answered else iter(())

    def download(
        self, url: str, headers: Mapping[str, str] | None = None, most: int | None = None, called: str = ""
    ) -> Download:
        """Download a file, or what is missing of it since an earlier run broke off.

        Args:
            headers: sent to this host alone.
            most: bytes that it may have.
            called: what stands for its content, where its address does not.

        Raises:
            HubShareError: in words, when it is not to be had, or too large.
        """
        path = self._folder / f"{uuid4().hex}.download"
        with self._parts.open(called or url) as part:
            anew = False
            while True:
                before = part.size
                try:
                    found = self._receive(url, dict(headers or {}), most, part, path)
                except _OtherPart:
                    if anew or not part.size:
                        raise
                    anew = True
                    part.begin_anew()
                except Unavailable as error:
                    # Who can go on where it broke off is asked to, as long as something comes.
                    if part.size <= before or not part.mark:
                        if part.size and part.mark and self._parts.lasting:
                            raise Unavailable(f"{error.message} {_KEPT}") from error
                        raise
                    time.sleep(_PAUSE)
                else:
                    part.take(path)
                    return found

    def _receive(self, url: str, headers: dict[str, str], most: int | None, part: Part, path: Path) -> Download:
        """Download what is missing of a file."""
        if part.size:
            headers |= {"Range": f"bytes={part.size}-", "If-Range": part.mark}
        with self._asked("GET", url, headers) as response:
            goes_on = response.status_code == 206
            if goes_on and not _is_rest(response, part):
                raise _OtherPart(host_of(url))
            if part.size and not goes_on:
                part.begin_anew()
            else:
                part.mark = _mark(response) or (part.mark if goes_on else "")
            declared = response.headers.get("content-length", "")
            missing = int(declared) if declared.isdigit() else 0
            self._budget.spend(part.earlier)
            part.earlier = 0
            self._budget.expect(missing)
            check_room(self._folder, missing)
            total = part.size + missing if missing else 0
            for piece in self._pieces(response):
                part.add(piece)
                if most is not None and part.size > most:
                    raise Invalid(f"{host_of(url)} sends more than the {size(most)} that the file has.")
                self._budget.progress(f"Downloading from {host_of(url)}", part.size, total)
            if goes_on and part.size < _whole(response):
                raise Unavailable(f"{host_of(url)} broke off what it was sending: try again later.")
            kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
            name = _name(response, url)
            return Download(path, str(response.url), name, part.size, part.digest.hexdigest(), kind)

    @contextmanager
    def _asked(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        follow: bool = True,
    ) -> Iterator[httpx.Response]:
        """An answer; one of any status, where redirects are not to be followed."""
        url = self._guard.mirrored(url)
        given = {"User-Agent": f"HubShare/{__version__}", "Accept-Encoding": "identity", **(headers or {})}
        if "Authorization" not in given and (authorization := self.authorization(url)):
            given["Authorization"] = authorization
        self._budget.check()
        asked = self._client.stream(method, url, headers=given, content=body, follow_redirects=follow)
        with in_words(url), asked as response:
            if not follow:
                yield response
                return
            if response.status_code == 416:
                # It has less than what has come: something else by now.
                raise _OtherPart(host_of(url))
            refusal = refused(response.status_code, host_of(url), self._credential is not None)
            if refusal is not None:
                raise refusal
            yield response

    def _pieces(self, response: httpx.Response) -> Iterator[bytes]:
        """The content: what a server compresses unasked is inflated, a little at a time."""
        encoding = response.headers.get("content-encoding", "identity").lower()
        if encoding not in ("identity", "", "gzip"):
            raise Unavailable(
                f"{host_of(str(response.url))} compresses what it sends in a way that it was not asked for."
            )
        inflate = zlib.decompressobj(31) if encoding == "gzip" else None
        for raw in response.iter_raw():
            if inflate is None:
                self._budget.spend(len(raw))
                yield raw
                continue
            piece = b""
            while raw or len(piece) == _CHUNK:
                try:
                    piece = inflate.decompress(raw, _CHUNK)
                except zlib.error:
                    raise Unavailable(f"{host_of(str(response.url))} sends something damaged.") from None
                raw = inflate.unconsumed_tail
                self._budget.spend(len(piece))
                if piece:
                    yield piece
                if inflate.eof:
                    # What comes behind the end is not read: it would be kept in memory, uncounted.
                    return
        if inflate is not None:
            raise Unavailable(f"{host_of(str(response.url))} broke off what it was sending: try again later.")


class NotOpened(Forbidden):
    """A source wants a password or token, or another one."""


def refused(status: int, host: str, opened: bool) -> HubShareError | None:
    """What it means that a server answers with a status, or None for a good one.

    Args:
        opened: whether there is a credential.
    """
    if 200 <= status < 300:
        return None
    if status in (401, 403):
        more = "the password or token does not open it" if opened else "if it is private, give a password or token"
        return NotOpened(f"{host} does not let this be read: {more}.")
    if status in (404, 410):
        return NotFound(f"{host} has nothing at this address, or nothing that everybody may read.")
    if status in (429, 500, 502, 503, 504):
        return Unavailable(f"{host} is busy or out of order (status {status}): try again later.")
    return Unavailable(f"{host} answers with status {status}.")


def _strong(etag: str) -> str:
    """A mark that stands for a content byte for byte, or ""."""
    return etag[:200] if re.fullmatch(r'"[\x21\x23-\x7e]+"', etag) else ""


def _mark(response: httpx.Response) -> str:
    """By which mark a server can be asked to go on with what it sends; "" where it cannot."""
    ranges = response.status_code == 206 or response.headers.get("accept-ranges", "").lower() == "bytes"
    if not ranges or not _is_plain(response):
        return ""
    if "etag" in response.headers:
        return _strong(response.headers["etag"])
    changed, sent = (_moment(response.headers.get(name, "")) for name in ("last-modified", "date"))
    # Such a date stands for one content alone where that cannot have changed twice by then (RFC 9110, 8.8.2.2).
    if changed and sent and sent - changed >= _STRONG_SECONDS:
        return str(response.headers["last-modified"])
    return ""


def _is_rest(response: httpx.Response, part: Part) -> bool:
    """Whether a server sends just what is missing, of the content that has begun to come."""
    if not response.headers.get("content-range", "").startswith(f"bytes {part.size}-"):
        return False
    # Any other name than what was asked for is of another content, also one by which nobody could go on.
    named = response.headers.get("etag" if part.mark.startswith('"') else "last-modified", part.mark)
    return not part.size or (_is_plain(response) and named == part.mark)


def _whole(response: httpx.Response) -> int:
    """How many bytes a file has of which a part is sent: it may be less than what was asked for; 0 where that is not said."""
    size = response.headers.get("content-range", "").rpartition("/")[2]
    return int(size) if size.isdecimal() and len(size) < _DIGITS else 0


def _is_plain(response: httpx.Response) -> bool:
    return response.headers.get("content-encoding", "identity").lower() in ("identity", "")


def _moment(text: str) -> float:
    """A date of HTTP in seconds since 1970; 0 for what is none."""
    try:
        return parsedate_to_datetime(text).timestamp()
    except (ValueError, OverflowError):
        return 0


def origin(url: str) -> tuple[str, str, int | None]:
    """Return scheme, host and port of an address, however these are written; nothing of what is none."""
    try:
        parts = urlsplit(url)
        return parts.scheme, parts.hostname or "", parts.port or {"https": 443, "http": 80}.get(parts.scheme)
    except ValueError:
        return "", "", None


def _name(response: httpx.Response, url: str) -> str:
    """How the server calls a file, or how its address ends: the one that was asked for, or else the one that it led to."""
    message = Message()
    message["content-disposition"] = re.sub(r"[\r\n]", "", response.headers.get("content-disposition", ""))
    named = message.get_filename() or ""
    asked, led = (unquote(urlsplit(one).path.rstrip("/").rpartition("/")[2]) for one in (url, str(response.url)))
    return re.split(r"[/\\]", named)[-1] or (led if "." in led and "." not in asked else asked)
