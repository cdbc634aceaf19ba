"""A form with files, taken in as it comes: several files become one zip at the centre, of which memory holds a piece.

Source: RFC 7578, and what browsers make of it (HTML, "multipart form data").
"""

from __future__ import annotations

import io
import re
import zipfile
from typing import IO, NamedTuple

from fastapi import Request
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.concurrency import run_in_threadpool

from hubshare.centre import Centre
from hubshare.config import KIB, MIB
from hubshare.errors import HubShareError, Invalid, TooLarge
from hubshare.names import quoted
from hubshare.names import size as size_of
from hubshare.operations.caller import Caller
from hubshare.service.web.sessions import CSRF_FIELD, prove
from hubshare.wire.agent import new_id

#: Most files of a form, and most bytes of their names together, which are held in memory.
_FILES, _NAME_BYTES = 20_000, 4 * MIB
#: Most bytes of a form's other fields together, and of what stands before each part.
_FIELD_BYTES, _HEAD_BYTES = 64 * KIB, 16 * KIB
#: Written in steps of so many bytes.
_STEP = MIB
#: The field of a zip that is to be unpacked; all others bring files as they are.
ZIP_FIELD = "zip"
_NAME, _FILENAME = re.compile(rb'(?:^|[; ])name="([^"]*)"'), re.compile(rb'; *filename="([^"]*)"')


class Received(NamedTuple):
    """A form that has come in.

    Attributes:
        fields: name to text.
        upload: id of the upload that the files have become; "" when there were none.
        zip: whether that is a zip as it was sent.
    """

    fields: dict[str, str]
    upload: str
    zip: bool


async def receive(request: Request, centre: Centre, caller: Caller, fields: dict[str, str]) -> Received:
    """Read a form to its end, as far as it is accepted; what is over a limit is not kept, but read on up to twice as much.

    Args:
        fields: is filled, also when the form is refused.

    Raises:
        Forbidden: when it was not sent by a page of ours, before anything is kept.
        HubShareError: why its files are not taken; nothing of them is kept.
    """
    form = _Form(request, centre, caller, fields)
    try:
        most, total = centre.settings.max_push_bytes, 0
        async for chunk in request.stream():
            total += len(chunk)
            if total > 2 * most + MIB:
                raise TooLarge(f"An upload has at most {size_of(most)}: upload fewer or smaller files at once.")
            form.feed(chunk)
            await form.write(_STEP)
        return await form.finish()
    except BaseException:
        form.drop()
        raise


class _Form:
    def __init__(self, request: Request, centre: Centre, caller: Caller, fields: dict[str, str]) -> None:
        kind, options = parse_options_header(request.headers.get("content-type"))
        if kind != b"multipart/form-data" or not options.get(b"boundary"):
            raise Invalid("Files come as a form of the kind multipart/form-data.")
        self._request, self._centre, self._caller, self.fields = request, centre, caller, fields
        self._problem: HubShareError | None = None
        self._files: _Files | None = None
        self._head, self._header, self._field, self._text = b"", b"", "", b""
        self._in_file = self._named = self._complete = False
        self._size = 0
        self._parser = MultipartParser(
            options[b"boundary"],
            {
                "on_part_begin": self._begin,
                "on_header_field": self._header_name,
                "on_header_value": self._header_value,
                "on_headers_finished": self._headed,
                "on_part_data": self._data,
                "on_part_end": self._end,
                "on_end": self._ended,
            },
        )

    def feed(self, chunk: bytes) -> None:
        try:
            self._parser.write(chunk)
        except FormParserError:
            raise Invalid("The form was damaged on its way: send it again.") from None

    async def write(self, least: int = 0) -> None:
        """Write what waits, if it is so much."""
        files = self._files
        if files is None or self._problem is not None or files.waiting < least:
            return
        try:
            await run_in_threadpool(files.write)
        except HubShareError as error:
            # Whoever sends it listens only when all was taken.
            self._problem = error

    async def finish(self) -> Received:
        if not self._complete:
            raise Invalid("The form was cut short: send it again.")
        prove(self._request, self.fields.get(CSRF_FIELD, ""))
        if self._problem is None and self._files is not None:
            self._files.close()
        await self.write()
        if self._problem is not None:
            raise self._problem
        if self._files is None:
            return Received(self.fields, "", False)
        await run_in_threadpool(self._centre.uploads.finish, self._caller.user, self._files.name)
        return Received(self.fields, self._files.name, self._files.zip is None)

    def drop(self) -> None:
        if self._files is not None:
            self._files.end()
            self._files.close()
            self._centre.uploads.path(self._caller.user, self._files.name).unlink(missing_ok=True)

    def _begin(self) -> None:
        self._head = self._header = self._text = b""
        self._field, self._in_file = "", False

    def _header_name(self, data: bytes, start: int, end: int) -> None:
        # The value follows; a new name begins where a value has been.
        self._head += (b"" if self._header == b"name" else b"\n") + data[start:end].lower()
        self._header = b"name"
        self._check_head()

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._head += (b"" if self._header == b"value" else b": ") + data[start:end]
        self._header = b"value"
        self._check_head()

    def _check_head(self) -> None:
        if len(self._head) > _HEAD_BYTES:
            raise Invalid("The name of a file is too long: rename it.")

    def _headed(self) -> None:
        line = next((line for line in self._head.split(b"\n") if line.startswith(b"content-disposition: ")), b"")
        name, filename = _NAME.search(line), _FILENAME.search(line)
        self._field = _unquoted(name[1]) if name else ""
        if filename is None:
            return
        # Before anything of a file is kept.
        prove(self._request, self.fields.get(CSRF_FIELD, ""))
        self._in_file = True
        called = _unquoted(filename[1])
        # What a browser sends of a field in which nothing was chosen has no name.
        self._named = bool(called)
        if self._named and self._problem is None:
            try:
                self._files = self._files or _Files(self._centre, self._caller.user, self._field == ZIP_FIELD)
                self._files.begin(called, self._field == ZIP_FIELD)
            except HubShareError as error:
                self._problem = error

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._in_file:
            if self._named and self._files is not None and self._problem is None:
                try:
                    self._files.add(data[start:end])
                except HubShareError as error:
                    self._problem = error
            return
        self._text += data[start:end]
        self._size += end - start
        if self._size > _FIELD_BYTES:
            raise TooLarge("The form has too much text in it.")

    def _end(self) -> None:
        if self._in_file:
            if self._files is not None and self._problem is None:
                self._files.end()
        elif self._field:
            self.fields[self._field] = self._text.decode(errors="replace")

    def _ended(self) -> None:
        self._complete = True


class _Files:
    """The files of a form on their way into an upload.

    Attributes:
        name: of the upload.
        zip: what they are put into; None for a zip that comes as it is.
        waiting: bytes that are not written yet.
    """

    def __init__(self, centre: Centre, user: str, as_it_is: bool) -> None:
        self._centre, self._user, self.name = centre, user, new_id()
        self._out = _Outgoing()
        self.zip = None if as_it_is else zipfile.ZipFile(self._out, "w")
        self._target: IO[bytes] | None = None
        self._names: set[str] = set()
        self._at = self._size = self._name_bytes = 0
        self._called = ""

    @property
    def waiting(self) -> int:
        return self._out.waiting

    def begin(self, called: str, as_it_is: bool) -> None:
        if as_it_is != (self.zip is None) or (self.zip is None and self._names):
            raise Invalid("A zip comes alone: choose either one zip, or files, or a folder.")
        if "\0" in called or "\ufffd" in called:
            raise Invalid(f"{quoted(called)} cannot be in a project: the name is not text; rename it.")
        if called in self._names:
            raise Invalid(f"There are two files for {quoted(called)}: choose which of them it is to be.")
        self._name_bytes += len(called.encode())
        if len(self._names) >= _FILES or self._name_bytes > _NAME_BYTES:
            raise TooLarge(
                f"An upload has at most {_FILES:,} files, with names of moderate length: upload them in parts."
            )
        self._names.add(called)
        self._called, self._size = called, 0
        if self.zip is not None:
            self._target = self.zip.open(zipfile.ZipInfo(called), "w")

    def add(self, piece: bytes) -> None:
        self._size += len(piece)
        most = self._centre.settings.max_file_bytes
        if self._target is None:
            self._out.write(piece)
        elif self._size > most:
            raise TooLarge(
                f"{quoted(self._called)} has more than {size_of(most)}, the most that are accepted: leave it out, or make it "
                "smaller."
            )
        else:
            self._target.write(piece)

    def end(self) -> None:
        if self._target is not None:
            self._target.close()
            self._target = None

    def close(self) -> None:
        if self.zip is not None:
            self.zip.close()

    def write(self) -> None:
        self._at = self._centre.uploads.append(self._user, self.name, self._at, self._out.take())


class _Outgoing(io.RawIOBase):
    """A file that cannot be sought in, of which is held what has not been taken."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._at = self.waiting = 0

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        piece = bytes(data)  # type: ignore[call-overload]
        self._parts.append(piece)
        self._at, self.waiting = self._at + len(piece), self.waiting + len(piece)
        return len(piece)

    def tell(self) -> int:
        return self._at

    def take(self) -> bytes:
        taken, self._parts, self.waiting = b"".join(self._parts), [], 0
        return taken


def _unquoted(raw: bytes) -> str:
    """A name as it was before a browser put it between quotation marks."""
    for code, plain in ((b"%22", b'"'), (b"%0D", b"\r"), (b"%0A", b"\n")):
        raw = raw.replace(code, plain)
    return raw.decode(errors="replace")
