"""Links that people have, read: what they ask for, and from where. Pure; nothing is fetched here."""

from __future__ import annotations

import re
from dataclasses import replace
from urllib.parse import unquote, urlsplit

from hubshare.errors import BadName, Invalid
from hubshare.features.imports.addresses import Address, check_ref, cloned_branch, inner_path, read_address
from hubshare.features.imports.code_hosts import repository, repository_link
from hubshare.features.imports.other_hosts import other_link
from hubshare.features.imports.records import doi_link, record_link
from hubshare.features.imports.sources import (
    Archive,
    Dataverse,
    Doi,
    Figshare,
    File,
    Gist,
    Git,
    Link,
    Osf,
    Record,
    Redirect,
    Source,
)
from hubshare.features.imports.wrapped import make_link, pulled, wrapped_link
from hubshare.names import quoted, slug

__all__ = [
    "Archive",
    "Dataverse",
    "Doi",
    "Figshare",
    "File",
    "Gist",
    "Git",
    "Link",
    "Osf",
    "Record",
    "Redirect",
    "Source",
    "default_name",
    "make_link",
    "read_link",
    "read_parameters",
]

#: Archives that are read, by how their names end.
ARCHIVES = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz")
_NOT_READ = (".tar.zst", ".tzst", ".rar", ".7z", ".tar.lz", ".tar.lzma", ".tar.z")
#: So many links may lie in one another.
_DEEP = 4


def read_link(text: str) -> Link:
    """Read a link that people have: of a repository, a place in one, an archive, a gist, published data, or a link to one.

    Raises:
        Invalid: when nothing can be fetched by it; in words for the person.
    """
    return _read(text, _DEEP)


def read_parameters(query: dict[str, str]) -> Link:
    """Read the parameters of a link to one of these, as nbgitpuller's and ours have them: repo, branch, urlpath, targetpath ….

    Raises:
        Invalid: when nothing can be fetched by them; in words for the person.
    """
    return pulled(query, lambda text, repository_meant: _read(text, _DEEP, repository_meant))


def is_archive(name: str) -> bool:
    """Return whether a file of this name is an archive of which the content is taken."""
    return name.lower().endswith(ARCHIVES)


def default_name(link: Link) -> str:
    """Return a name for a project or a folder with what a link asks for."""
    for text in (link.target, *_names(link)):
        try:
            return slug(text.rpartition("/")[2])
        except BadName:
            continue
    return "import"


def _read(text: str, deep: int, repository_meant: bool = False) -> Link:
    if deep == 0:
        raise Invalid("The link holds a link that holds a link, and so on: take the innermost one.")
    if (found := doi_link(text)) is not None:
        return found
    pip = re.search(r"(?:^|[\s\"'])git\+", text) is not None
    address, note = read_address(text)
    branch = cloned_branch(text)
    link = (
        wrapped_link(address, lambda inner, meant: _read(inner, deep - 1, meant))
        or (_named_ref(address) if pip or any(".git@" in part for part in address.parts) else None)
        or record_link(address)
        or other_link(address)
        or repository_link(address)
        or _by_name(address, repository_meant or bool(note))
    )
    if branch and isinstance(link.source, Git) and not link.source.ref:
        link = replace(link, source=replace(link.source, ref=check_ref(branch)))
    return replace(link, note=note) if note else link


def _by_name(address: Address, repository_meant: bool) -> Link:
    """An archive, a repository, or else a file."""
    name = address.parts[-1].lower() if address.parts else ""
    if is_archive(name):
        return Link(Archive(address.text))
    if name.endswith(_NOT_READ):
        raise Invalid(
            f"{quoted(name)} is packed in a way that is not read here: a zip, or a tar with gzip, bzip2 or xz, is."
        )
    if repository_meant and address.parts and not re.search(r"\.\w{1,5}$", name):
        return Link(Git(address.text.rstrip("/")))
    if not address.parts and not address.query:
        raise Invalid(f"{quoted(address.text)} is the address of a whole site: take that of what you want of it.")
    return Link(File(address.text), opens=_file_name(address))


def _named_ref(address: Address) -> Link:
    """`git+https://…[@REF][#subdirectory=…]`, as pip has it, and `….git@REF`."""
    at = next((at for at, part in enumerate(address.parts) if ".git@" in part), len(address.parts) - 1)
    last, sign, ref = (address.parts or ("",))[at].partition("@")
    ref = "/".join((ref, *address.parts[at + 1 :]))
    link = repository(address, (*address.parts[:at], last), check_ref(ref) if sign else "")
    folder = re.search(r"(?:^|&)subdirectory=([^&]*)", address.fragment)
    return replace(link, folder=inner_path(unquote(folder[1]))) if folder else link


def _file_name(address: Address) -> str:
    try:
        return inner_path(address.parts[-1]) if address.parts else ""
    except Invalid:
        return ""


def _names(link: Link) -> tuple[str, ...]:
    """Texts that a name may be made of, the best first."""
    match link.source:
        case Git(url, _, behind):
            last = url.rpartition("/")[2].removesuffix(".git")
            return (link.folder, behind.rpartition("/")[2].partition(".")[0], last)
        case Gist(name, _, file, anchor):
            return (file.partition(".")[0] or anchor, f"gist-{name[:8]}")
        case Archive(url) | File(url):
            name = unquote(urlsplit(url).path.rstrip("/").rpartition("/")[2])
            ending = next((end for end in ARCHIVES if name.lower().endswith(end)), "")
            return (name.removesuffix(name[-len(ending) :]) if ending else name.rpartition(".")[0] or name,)
        case Redirect(url):
            return (f"{_host(url)}-{url.rpartition('/')[2]}",)
        case Doi(doi):
            return (doi.partition("/")[2].replace("/", "-"),)
        case Record(site, name, file):
            return (file.partition(".")[0], f"{_host(site)}-{name}")
        case Figshare(article, _):
            return (f"figshare-{article}",)
        case Osf(name):
            return (f"osf-{name}",)
        case Dataverse(site, dataset, file):
            return (dataset.partition("/")[2].replace("/", "-"), f"{_host(site)}-{file}")


def _host(site: str) -> str:
    return urlsplit(site).netloc.partition(":")[0].removesuffix(".org").removesuffix(".com")
