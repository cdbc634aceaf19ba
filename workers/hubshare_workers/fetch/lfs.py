"""Large files that a git repository keeps elsewhere: pointers of Git LFS are followed, those of git-annex are known.

Source: git-lfs, docs/spec.md and docs/api/batch.md; git-annex, doc/internals/pointer_file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import NamedTuple
from urllib.parse import urljoin

from hubshare.config import KIB
from hubshare.errors import Cancelled, HubShareError, Unavailable
from hubshare.features.imports.providers.interface import Download
from hubshare_workers.fetch.left_out import LeftOut
from hubshare_workers.fetch.web import Web

#: A pointer has fewer bytes.
POINTER_BYTES = KIB
_POINTER = re.compile(
    rb"version https://(?:git-lfs\.github\.com|hawser\.github\.com)/spec/v1\n(?:ext-[^\n]*\n)*"
    rb"oid sha256:([0-9a-f]{64})\nsize (\d{1,15})\n?"
)
_ANNEXED = re.compile(rb"/annex/objects/\S+\n?.*", re.DOTALL)
_KIND = "application/vnd.git-lfs+json"
#: So many are asked for at once.
_TOGETHER = 100


class Pointer(NamedTuple):
    """What stands in place of a large file.

    Attributes:
        oid: SHA-256 of its content, hexadecimal digits.
        size: in bytes.
        mode: of git.
    """

    oid: str
    size: int
    mode: int


def read_pointer(content: bytes, mode: int) -> Pointer | None:
    """The pointer that a file is, or None."""
    found = _POINTER.fullmatch(content)
    return Pointer(found[1].decode(), int(found[2]), mode) if found else None


def is_annexed(content: bytes) -> bool:
    """Return whether a file is a pointer of git-annex."""
    return _ANNEXED.fullmatch(content) is not None


def fetch_objects(
    web: Web, repository: str, wanted: Mapping[str, int], left_out: LeftOut
) -> Iterator[tuple[str, Download]]:
    """Fetch contents, one after the other; those that are not to be had, or are other ones, are left out.

    Args:
        repository: its address.
        wanted: SHA-256 to size in bytes.
        left_out: is told when some may be had at another time.
    """
    asked = f"{repository.removesuffix('/').removesuffix('.git')}.git/info/lfs/objects/batch"
    left = iter(wanted.items())
    while some := dict(islice(left, _TOGETHER)):
        body = {
            "operation": "download",
            "transfers": ["basic"],
            "objects": [{"oid": oid, "size": size} for oid, size in some.items()],
        }
        try:
            answer = web.json(asked, body, _KIND)
        except Cancelled:
            raise
        except HubShareError as error:
            left_out.again |= isinstance(error, Unavailable)
            continue
        for oid, address, headers in _offered(answer, some):
            try:
                found = web.download(urljoin(asked, address), headers, most=wanted[oid], called=oid)
            except Cancelled:
                raise
            except HubShareError as error:
                left_out.again |= isinstance(error, Unavailable)
                continue
            if found.sha256 == oid and found.size == wanted[oid]:
                yield oid, found
            else:
                found.path.unlink(missing_ok=True)


def _offered(answer: object, asked: Mapping[str, int]) -> Iterator[tuple[str, str, dict[str, str]]]:
    """Id, address and headers of what a server offers of what it was asked for."""
    objects = answer.get("objects") if isinstance(answer, dict) else None
    for one in objects if isinstance(objects, list) else ():
        match one:
            case {"oid": str(oid), "actions": {"download": {"href": str(address), **more}}} if oid in asked:
                headers = more.get("header")
                given = headers.items() if isinstance(headers, dict) else ()
                yield oid, address, {str(name): str(value) for name, value in given if _is_header(name, value)}


def _is_header(name: object, value: object) -> bool:
    if not isinstance(name, str) or not isinstance(value, str) or not re.fullmatch(r"[\w-]{1,100}", name):
        return False
    return name.lower() not in ("host", "content-length", "transfer-encoding")
