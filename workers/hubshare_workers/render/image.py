"""Images, PDF and recordings: the page shows the file itself, in an element of its own; here is what it needs to know."""

from __future__ import annotations

import base64
import re
import struct
from collections.abc import Mapping, Sequence
from typing import Any

from hubshare.rendering.kinds import BEGINNING, Kind, image_type
from hubshare.rendering.results import RenderResult
from hubshare_workers.render.failing import Unrenderable
from hubshare_workers.render.pictures import whole_svg
from hubshare_workers.render.texts import text_of

#: Which pictures browsers turn by their Exif data, and what is before that.
_TURNED = {"image/jpeg": b"Exif\0\0", "image/png": b"eXIf"}


def render(inputs: Sequence[bytes], options: Mapping[str, Any]) -> RenderResult:
    """An image, never as inline SVG: in an `<img>` it runs nothing. Meta: `media_type`, `width`, `height` (or None)."""
    media_type = image_type(inputs[0])
    if media_type is None:
        raise Unrenderable("malformed", "This is not an image that browsers show.")
    width, height = _size(media_type, inputs[0]) or (None, None)
    if media_type in _TURNED and _lies_on_its_side(inputs[0], _TURNED[media_type]):
        width, height = height, width
    source = "hubshare:"
    if media_type == "image/svg+xml" and len(inputs[0]) < BEGINNING[Kind.IMAGE]:
        text, encoding = text_of(inputs[0])
        if "xmlns" not in text and encoding == "utf-8":
            # As it is in the file, no browser shows it.
            source = f"data:image/svg+xml;base64,{base64.b64encode(whole_svg(text).encode()).decode()}"
    size = f' width="{width}" height="{height}"' if width and height else ""
    meta = {"media_type": media_type, "width": width, "height": height}
    return RenderResult(meta, f'<img class="hs-picture" alt="" src="{source}"{size}>')


def render_pdf(inputs: Sequence[bytes], options: Mapping[str, Any]) -> RenderResult:
    """A PDF document. Meta: `media_type`, `version`. No HTML."""
    found = re.match(rb"%PDF-(\d\.\d)", inputs[0])
    if found is None:
        raise Unrenderable("malformed", "This is not a PDF document.")
    return RenderResult({"media_type": "application/pdf", "version": found[1].decode()})


def render_media(inputs: Sequence[bytes], options: Mapping[str, Any]) -> RenderResult:
    """A recording, which the browser plays out of the file. No HTML."""
    return RenderResult({})


def _size(media_type: str, data: bytes) -> tuple[int, int] | None:
    """Width and height in pixels, as far as the beginning of the file says."""
    try:
        if media_type == "image/png":
            return struct.unpack(">II", data[16:24])
        if media_type == "image/gif":
            return struct.unpack("<HH", data[6:10])
        if media_type == "image/jpeg":
            return _jpeg_size(data)
        if media_type == "image/webp":
            return _webp_size(data)
    except struct.error:
        pass
    return None


def _jpeg_size(data: bytes) -> tuple[int, int] | None:
    place = 2
    while place + 9 <= len(data) and data[place] == 0xFF:
        marker, length = data[place + 1], struct.unpack(">H", data[place + 2 : place + 4])[0]
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", data[place + 5 : place + 9])
            return width, height
        place += 2 + length
    return None


def _lies_on_its_side(data: bytes, mark: bytes) -> bool:
    """Return whether a camera was turned, which browsers turn back: Exif 2.32, orientations 5 to 8.

    Args:
        mark: what is before the Exif data.
    """
    at = data.find(mark, 0, 4096) + len(mark)
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(data[at : at + 4])
    if at < len(mark) or order is None:
        return False
    try:
        first = at + struct.unpack_from(f"{order}I", data, at + 4)[0]
        for entry in range(struct.unpack_from(f"{order}H", data, first)[0]):
            tag, value = struct.unpack_from(f"{order}H6xH", data, first + 2 + 12 * entry)
            if tag == 0x0112:
                return bool(5 <= value <= 8)
    except struct.error:
        pass
    return False


def _webp_size(data: bytes) -> tuple[int, int] | None:
    sort = data[12:16]
    if sort == b"VP8X":
        return int.from_bytes(data[24:27], "little") + 1, int.from_bytes(data[27:30], "little") + 1
    if sort == b"VP8 ":
        width, height = struct.unpack("<HH", data[26:30])
        return width & 0x3FFF, height & 0x3FFF
    if sort == b"VP8L":
        bits = int.from_bytes(data[21:25], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    return None
