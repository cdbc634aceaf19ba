"""Published data: records of InvenioRDM (Zenodo), OSF and Dataverse, file by file, and articles of figshare.

Source: InvenioRDM, REST API, records; Dataverse, Native API and Data Access API; OSF, API v2; figshare, API v2.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, NamedTuple
from urllib.parse import quote

from hubshare.errors import Clash, Invalid, NotFound, TooLarge, Unavailable
from hubshare.features.imports.links import is_archive
from hubshare.features.imports.providers.interface import Destination, Download, Fetch, Version
from hubshare.features.imports.sources import Dataverse, Figshare, Link, Osf, Record, address_of
from hubshare.names import path_fault, quoted

_FIGSHARE, _OSF = "https://api.figshare.com/v2", "https://api.osf.io/v2"
#: Most files of a record; and pages of lists of files that are asked for.
_MOST, _PAGES = 10_000, 2000
#: The checksums that are compared, and how many digits each has.
_CHECKSUMS = {"md5": 32, "sha1": 40, "sha256": 64, "sha512": 128}
#: Characters of a project's or a file's name at OSF; what is longer is the id of a file.
_OSF_NAME = 5


class Item(NamedTuple):
    """A file of a record.

    Attributes:
        path: in it.
        mark: of its content: its checksum, or its id where none is given.
        address: where it is downloaded.
        checksum: that its content has to have, `md5:…`, in hexadecimal digits; "" where none is given.
    """

    path: str
    mark: str
    address: str
    checksum: str = ""


class RecordProvider:
    """Records that are lists of files."""

    name = "record"

    def accepts(self, link: Link) -> bool:
        """Return whether this is such a record, or a file of one."""
        return isinstance(link.source, Record | Dataverse | Osf)

    def resolve(self, link: Link, fetch: Fetch) -> Version:
        """Return the version of it that is there now, by the checksums of its files."""
        digest, address = hashlib.sha256(), address_of(link.source)
        for item in sorted(_wanted(link, fetch)):
            digest.update(f"{item.path}\0{item.mark}\n".encode(errors="replace"))
        return Version(f"files:{digest.hexdigest()}", address, address)

    def fetch(self, link: Link, version: Version, fetch: Fetch, into: Destination) -> None:
        """Fetch its files; of a single archive what is in it."""
        _take(_wanted(link, fetch), link, fetch, into)


class FigshareProvider:
    """Articles of figshare: file by file, or as the one zip that it makes of all where it does not list all of them."""

    name = "figshare"

    def accepts(self, link: Link) -> bool:
        """Return whether this is an article."""
        return isinstance(link.source, Figshare)

    def resolve(self, link: Link, fetch: Fetch) -> Version:
        """Return the version that is asked for, or the newest."""
        assert isinstance(link.source, Figshare)
        article, version = link.source.article, link.source.version
        if not version:
            found = _list(fetch.json(f"{_FIGSHARE}/articles/{article}/versions"))
            numbers = [number for one in found if isinstance(number := one.get("version"), int)]
            if not numbers:
                raise NotFound(f"figshare has no article {article}.")
            version = str(max(numbers))
        return Version(
            f"figshare:{article}.v{version}",
            f"version {version} of figshare article {article}",
            address_of(link.source),
        )

    def fetch(self, link: Link, version: Version, fetch: Fetch, into: Destination) -> None:
        """Fetch all of its files."""
        article, _, number = version.id.removeprefix("figshare:").partition(".v")
        address = f"{_FIGSHARE}/articles/{article}/versions/{number}"
        if items := _of_figshare(fetch.json(address)):
            _take(items, link, fetch, into)
        else:
            into.archive(fetch.download(f"{address}/download"), link.folder)


def _take(items: list[Item], link: Link, fetch: Fetch, into: Destination) -> None:
    """Fetch files of a record; of a single archive what is in it."""
    inside = f"{link.folder}/" if link.folder else ""
    if len(items) == 1 and is_archive(items[0].path) and not _file_of(link):
        into.archive(_downloaded(fetch, items[0]), link.folder)
        return
    for item in items:
        if not item.path.startswith(inside):
            continue
        path = item.path.removeprefix(inside)
        if fault := path_fault(path):
            into.leave_out(path, fault)
            continue
        try:
            into.file(_downloaded(fetch, item), path)
        except (NotFound, Invalid) as error:
            into.leave_out(path, error.message)


def _downloaded(fetch: Fetch, item: Item) -> Download:
    """Download a file of a record.

    Raises:
        Clash: when it is not what the record says, also when it is asked for anew: it was damaged there, or somebody has
            changed it since.
        Unavailable: when it is neither that, nor twice the same: it is damaged on its way.
    """
    file = fetch.download(item.address)
    kind, _, wanted = item.checksum.partition(":")
    if not wanted or _digest(file, kind) == wanted:
        return file
    former, file = file, fetch.download(item.address, again=True)
    found = _digest(file, kind)
    if found == wanted:
        return file
    said = f"{quoted(item.path)} is not what its record says: its {kind.upper()} is {found} and should be {wanted}"
    if file.sha256 == former.sha256:
        raise Clash(f"{said}, and it came twice like that. Nothing was taken: tell whoever has published it.")
    raise Unavailable(f"{said}, and it came otherwise a moment ago. Nothing was taken: try again later.")


def _digest(file: Download, kind: str) -> str:
    """The checksum of a file, in hexadecimal digits."""
    if kind == "sha256":
        return file.sha256
    with file.path.open("rb") as content:
        return hashlib.file_digest(content, kind).hexdigest()


def _checksum(kind: object, digits: object) -> str:
    """A checksum as `Item` has it; "" for one that is of no kind that is compared, or is none."""
    name = str(kind).lower().replace("-", "")
    length, found = _CHECKSUMS.get(name), str(digits).lower()
    return f"{name}:{found}" if length and re.fullmatch(f"[0-9a-f]{{{length}}}", found) else ""


def _file_of(link: Link) -> str:
    return link.source.file if isinstance(link.source, Record | Dataverse) else ""


def _wanted(link: Link, fetch: Fetch) -> list[Item]:
    """The files that a link asks for."""
    source = link.source
    match source:
        case Record():
            items = list(_of_record(source, fetch))
        case Osf():
            items = list(islice(_of_osf(source, fetch), _MOST + 1))
        case _:
            items = list(_of_dataverse(source, fetch))
    if isinstance(source, Record) and source.file:
        items = [item for item in items if item.path == source.file]
    if not items:
        raise NotFound(f"There are no files that everybody may read at {quoted(address_of(source))}.")
    if len(items) > _MOST:
        raise TooLarge(f"There are more than {_MOST:,} files at {quoted(address_of(source))}: take them one by one.")
    return items


def _of_record(source: Record, fetch: Fetch) -> Iterator[Item]:
    record = fetch.json(f"{source.site}/api/records/{source.id}")
    links = record.get("links") if isinstance(record, dict) else None
    listed = links.get("files") if isinstance(links, dict) else None
    answer = fetch.json(listed if isinstance(listed, str) else f"{source.site}/api/records/{source.id}/files")
    for one in _list(answer.get("entries") if isinstance(answer, dict) else None):
        match one:
            case {"key": str(key), "links": {"content": str(address)}}:
                kind, _, digits = str(one.get("checksum")).partition(":")
                mark = str(one.get("checksum") or one.get("size"))
                yield Item(key, mark, address, _checksum(kind, digits))


def _of_figshare(article: object) -> list[Item]:
    """The files of a version of an article; none where some are missing in the list, which the sizes tell, or lie elsewhere."""
    found, total = list[Item](), 0
    about = article if isinstance(article, dict) else {}
    folders = about.get("folder_structure")
    for one in _list(about.get("files")):
        match one:
            case {"is_link_only": True}:
                return []
            case {"id": int() as number, "name": str(name), "size": int() as size, "download_url": str(address)}:
                folder = str(folders.get(str(number)) or "").strip("/") if isinstance(folders, dict) else ""
                path = f"{folder}/{name}" if folder else name
                digits = one.get("computed_md5") or one.get("supplied_md5")
                found.append(Item(path, str(number), address, _checksum("md5", digits)))
                total += size
    whole = len({item.path for item in found}) == len(found) <= _MOST
    return found if whole and about.get("size") == total else []


def _of_osf(source: Osf, fetch: Fetch) -> Iterator[Item]:
    """A file alone; or all that the storage of a project holds, folder by folder, page by page."""
    file = len(source.name) > _OSF_NAME
    about = _data(fetch.json(f"{_OSF}/{'files' if file else 'guids'}/{source.name}/"))
    match about:
        case {"type": "files"}:
            yield from _of_osf_page([about], alone=True)
            return
        case {"type": "nodes" | "registrations" as kind}:
            pages = [f"{_OSF}/{kind}/{source.name}/files/osfstorage/?page%5Bsize%5D=100"]
        case _:
            raise NotFound(
                f"{quoted(address_of(source))} is neither a project nor a file of OSF: take the address of one."
            )
    asked = 0
    while pages:
        asked += 1
        if asked + len(pages) > _PAGES:
            raise TooLarge(f"There are too many folders at {quoted(address_of(source))}: take its files one by one.")
        answer = fetch.json(pages.pop())
        match answer:
            case {"data": list() as found, "links": {"next": str(more)}}:
                pages.append(more)
            case {"data": list() as found}:
                pass
            case _:
                raise Unavailable("OSF did not answer as it does.")
        yield from _of_osf_page(found)
        for one in found:
            match one:
                case {
                    "attributes": {"kind": "folder"},
                    "relationships": {"files": {"links": {"related": {"href": str(inside)}}}},
                }:
                    pages.append(inside)


def _of_osf_page(found: list[Any], *, alone: bool = False) -> Iterator[Item]:
    for one in found:
        match one:
            case {"attributes": {"kind": "file", "name": str(name), **about}, "links": {"download": str(address)}}:
                path = str(about.get("materialized_path") or name).strip("/")
                mark, checksum = about.get("date_modified"), ""
                match about.get("extra"):
                    case {"hashes": {"sha256": str(mark)}}:
                        checksum = _checksum("sha256", mark)
                    case {"hashes": {"md5": str(mark)}}:
                        checksum = _checksum("md5", mark)
                yield Item(name if alone else path, str(mark), address, checksum)


def _of_dataverse(source: object, fetch: Fetch) -> Iterator[Item]:
    assert isinstance(source, Dataverse)
    if source.file:
        plain = source.file.isdigit()
        named = source.file if plain else f":persistentId?persistentId={quote(source.file, safe=':/')}"
        more = "?" if plain else "&"
        found = [_data(fetch.json(f"{source.site}/api/files/{named}{more}returnDatasetVersion=true"))]
    else:
        named = quote(source.dataset, safe=":/")
        data = _data(fetch.json(f"{source.site}/api/datasets/:persistentId?persistentId={named}"))
        newest = data.get("latestVersion")
        found = _list(newest.get("files") if isinstance(newest, dict) else None)
    for one in found:
        match one:
            case {"dataFile": {"id": int() as number, **about}}:
                label = about.get("originalFileName") or one.get("label") or about.get("filename") or str(number)
                folder = "" if source.file else str(one.get("directoryLabel") or "")
                address = f"{source.site}/api/access/datafile/{number}?format=original"
                path = f"{folder.strip('/')}/{label}" if folder else str(label)
                mark = str(about.get("md5") or about.get("checksum") or number)
                yield Item(path, mark, address, _checksum_of_dataverse(about))


def _checksum_of_dataverse(about: Mapping[Any, object]) -> str:
    # Of a table that is kept in another form too there are records that have the checksum of that one.
    if "originalFileName" in about or "originalFileFormat" in about:
        return ""
    match about.get("checksum"):
        case {"type": kind, "value": digits}:
            return _checksum(kind, digits)
    return _checksum("md5", about.get("md5"))


def _data(answer: object) -> dict[str, object]:
    data = answer.get("data") if isinstance(answer, dict) else None
    return data if isinstance(data, dict) else {}


def _list(found: object) -> list[dict[str, object]]:
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
