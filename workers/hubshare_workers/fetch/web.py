"""Downloads and answers of APIs, guarded and bounded; a file of any size goes to the disk piece by piece."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from email.message import Message
from pathlib import Path
from urllib.parse import unquote, urlsplit
from uuid import uuid4

import httpx

from hubshare import __version__
from hubshare.config import KIB, MIB
from hubshare.downloaded import Download
from hubshare.errors import Forbidden, HubShareError, Invalid, NotFound, Unavailable
from hubshare.room import check_room
from hubshare.sealed import Credential
from hubshare_workers.fetch.budget import Budget
from hubshare_workers.fetch.guard import Guard, host_of, in_words

_CHUNK = 64 * KIB
#: Largest answer of an API, in bytes.
_ANSWER = 16 * MIB


class Web:
    """The web, for the time of one import.

    Args:
        folder: where downloads lie; whoever made it removes it.
        home: the address that the person gave; a credential goes to its host alone.
    """

    def __init__(
        self, guard: Guard, budget: Budget, folder: Path, credential: Credential | None = None, home: str = ""
    ) -> None:
        self._guard, self._budget, self._folder = guard, budget, folder
        self._credential, self._home = credential, _origin(guard.mirrored(home))
        self._client = guard.client(budget)

    def close(self) -> None:
        """Let the connections go."""
        self._client.close()

    def authorization(self, url: str) -> str:
        """The header by which a credential opens an address; "" where it does not go there.

        Raises:
            Invalid: when it would be sent where everybody can read it.
        """
        if self._credential is None or _origin(url) != self._home:
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
        return found[:200] if re.fullmatch(r'"[\x21\x23-\x7e]+"', found) else ""

    def download(self, url: str, headers: Mapping[str, str] | None = None, most: int | None = None) -> Download:
        """Download a file.

        Args:
            headers: sent to this host alone.
            most: bytes that it may have.

        Raises:
            HubShareError: in words, when it is not to be had, or too large.
        """
        with self._asked("GET", url, dict(headers or {})) as response:
            declared = response.headers.get("content-length", "")
            total = int(declared) if declared.isdigit() else 0
            self._budget.expect(total)
            check_room(self._folder, total)
            path, digest, size = self._folder / f"{uuid4().hex}.download", hashlib.sha256(), 0
            with path.open("wb") as file:
                for piece in self._pieces(response):
                    size += len(piece)
                    if most is not None and size > most:
                        raise Invalid(f"{host_of(url)} sends more than the {most:,} bytes that the file has.")
                    digest.update(piece)
                    file.write(piece)
                    self._budget.progress(f"Downloading from {host_of(url)}", size, total)
            kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
            return Download(path, str(response.url), _name(response, url), size, digest.hexdigest(), kind)

    @contextmanager
    def _asked(
        self, method: str, url: str, headers: Mapping[str, str] | None = None, body: bytes | None = None
    ) -> Iterator[httpx.Response]:
        url = self._guard.mirrored(url)
        given = {"User-Agent": f"HubShare/{__version__}", "Accept-Encoding": "identity", **(headers or {})}
        if "Authorization" not in given and (authorization := self.authorization(url)):
            given["Authorization"] = authorization
        self._budget.check()
        with in_words(url), self._client.stream(method, url, headers=given, content=body) as response:
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
        for raw in response.iter_raw(_CHUNK):
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
                    break
        if inflate is not None and not inflate.eof:
            raise Unavailable(f"{host_of(str(response.url))} broke off what it was sending: try again later.")


def refused(status: int, host: str, opened: bool) -> HubShareError | None:
    """What it means that a server answers with a status, or None for a good one.

    Args:
        opened: whether there is a credential.
    """
    if 200 <= status < 300:
        return None
    if status in (401, 403):
        more = "the credential does not open it" if opened else "if it is private, give a credential"
        return Forbidden(f"{host} does not let this be read: {more}.")
    if status in (404, 410):
        return NotFound(f"{host} has nothing at this address, or nothing that everybody may read.")
    if status in (429, 500, 502, 503, 504):
        return Unavailable(f"{host} is busy or out of order (status {status}): try again later.")
    return Unavailable(f"{host} answers with status {status}.")


def _origin(url: str) -> tuple[str, str, int | None]:
    try:
        parts = urlsplit(url)
        return parts.scheme, parts.hostname or "", parts.port or {"https": 443, "http": 80}.get(parts.scheme)
    except ValueError:
        return "", "", None


def _name(response: httpx.Response, url: str) -> str:
    """How the server calls a file, or how the address ends that was asked for."""
    message = Message()
    message["content-disposition"] = re.sub(r"[\r\n]", "", response.headers.get("content-disposition", ""))
    named = message.get_filename() or ""
    return re.split(r"[/\\]", named)[-1] or unquote(urlsplit(url).path.rstrip("/").rpartition("/")[2])
