"""Links to repositories, folders, files and commits as the pages of code hosts have them.

Source: the addresses of GitHub, GitLab, Bitbucket and Forgejo (Codeberg) as their pages show them, and their documentation of
archives and raw files.
"""

from __future__ import annotations

import re
from dataclasses import replace
from urllib.parse import quote, unquote

from hubshare.errors import Invalid
from hubshare.features.imports.addresses import Address, check_ref, inner_path
from hubshare.features.imports.sources import File, Gist, Git, Link
from hubshare.names import quoted

_GITHUB = {
    "github.com",
    "www.github.com",
    "m.github.com",
    "github.dev",
    "github1s.com",
    "githubtocolab.com",
    "codespaces.new",
}
_KNOWN = _GITHUB | {
    *("gitlab.com", "bitbucket.org", "codeberg.org", "dagshub.com", "gitee.com", "salsa.debian.org", "framagit.org"),
    "invent.kde.org",
}
#: What stands behind OWNER/NAME in addresses of pages.
_OTHER_PAGES = {"issues", "pulls", "wiki", "releases", "tags", "branches", "commits", "activity", "graphs", "compare"}
#: First words of hosts that hold nothing but repositories.
_GIT_HOSTS = re.compile(r"(git|gitlab|gitea|forgejo)[.-]")
_ARCHIVE = re.compile(r"\.(zip|tar\.gz|tar\.bz2|tgz|tar|bundle)$")
#: The id of a gist; early ones are numbers.
_GIST = re.compile(r"[0-9a-f]{20,39}|[0-9]{1,19}")
_HEX = re.compile(r"[0-9a-f]{20,64}")
#: Where the page of a gist shows a file, and lines of it.
_GIST_FILE = re.compile(r"file-([\w-]{1,255}?)(?:-L\d+(?:-L\d+)?)?")
#: What GitLab had without a `-` in front, in its early years.
_GITLAB_KINDS = {"tree", "blob", "raw", "commit", "archive"}
_REFS = {"branch", "tag", "commit"}
_FILE = re.compile(r"\.\w{1,5}$")
#: How Azure DevOps marks a branch, a tag and a commit.
_AZURE = re.compile(r"G([BTC])(.+)")


def repository_link(address: Address) -> Link | None:
    """What an address asks for, if it is one of a code host; None if not.

    Raises:
        Invalid: when it is, and leads to nothing that can be fetched.
    """
    parts = address.parts
    if address.host == "gist.github.com":
        return _gist(address)
    if address.host == "gist.githubusercontent.com" and len(parts) >= 2 and _HEX.fullmatch(parts[1]):
        # USER/ID/raw[/SHA]/FILE
        ref = parts[3] if len(parts) > 4 and _HEX.fullmatch(parts[3]) else ""
        return gist(parts[1], ref, parts[-1] if len(parts) > 3 else "")
    if address.host in ("raw.githubusercontent.com", "raw.github.com") and len(parts) >= 4:
        return Link(File(address.text), opens=parts[-1])
    if address.host == "api.github.com" and parts[:1] == ("repos",) and len(parts) >= 3:
        return repository_link(address._replace(host="github.com", parts=parts[1:]))
    if "_git" in parts[1:-1]:
        return _azure(address)
    if address.host == "classroom.github.com":
        raise Invalid(
            "An assignment of GitHub Classroom is accepted there, by each person: then take the address of the repository that "
            "you are given."
        )
    if address.host == "codeload.github.com" and len(parts) >= 4:
        return repository(address._replace(host="github.com"), parts[:2], "/".join(parts[3:]))
    if "-" in parts[2:] or (address.host.startswith("gitlab.") and _GITLAB_KINDS & set(parts[3:-1])):
        return _gitlab(address)
    if parts and parts[-1].endswith(".git"):
        # `….git#REF:FOLDER`, as Docker and npm have it; pages, whose headings are named so, have no such addresses.
        ref, _, folder = unquote(address.fragment).partition(":")
        return repository(address, parts, "" if "=" in ref else ref, folder)
    if address.host.startswith("gitlab.") and len(parts) > 2 and parts[2] not in _GITLAB_KINDS:
        # Groups lie in groups.
        return repository(address, parts)
    of_git = address.host in _KNOWN or (_GIT_HOSTS.match(address.host) and parts[2:3] in (("commit",), ("archive",)))
    if len(parts) > 2 and (of_git or parts[2] in ("tree", "blob", "src")):
        return _page(address)
    if len(parts) == 1 and address.host in _KNOWN:
        raise Invalid(f"{quoted(address.text)} leads to an account: take the address of one of its repositories.")
    if len(parts) == 2 and (address.host in _KNOWN or _GIT_HOSTS.match(address.host)):
        return repository(address, parts)
    if (
        len(parts) > 2
        and _GIT_HOSTS.match(address.host)
        and not _FILE.search(parts[-1])
        and parts[2] not in _OTHER_PAGES
    ):
        return repository(address, parts)
    return None


def repository(address: Address, parts: tuple[str, ...], ref: str = "", path: str = "", *, exact: bool = True) -> Link:
    """A repository of a site, or something in it.

    Args:
        parts: of the repository's path.
        ref: branch, tag or commit.
        path: behind it.
        exact: whether it is known where the ref ends.
    """
    if not parts or not parts[-1].removesuffix(".git"):
        raise Invalid(f"{quoted(address.text)} names no repository.")
    for part in parts:
        inner_path(part)
    host = "github.com" if address.host in _GITHUB else address.host
    named = "/".join(_encoded(part) for part in (*parts[:-1], parts[-1].removesuffix(".git")))
    url = f"{address.scheme}://{host}/{named}"
    ref, path = check_ref(ref) if ref else "", inner_path(path)
    if exact or not path:
        return Link(Git(f"{url}.git", ref), folder=path)
    return Link(Git(f"{url}.git", ref, path))


def gist(name: str, ref: str = "", file: str = "") -> Link:
    """A gist."""
    if not _GIST.fullmatch(name):
        raise Invalid(f"{quoted(name)} is not the id of a gist.")
    return Link(Gist(name, check_ref(ref) if ref else "", inner_path(file)), opens=inner_path(file))


def _gist(address: Address) -> Link:
    """USER/ID[/SHA][/FILE], ID, with `#file-NAME` behind; USER/ID/archive/SHA.zip; USER/ID/raw/…"""
    parts = tuple(part.removesuffix(".git") for part in address.parts)
    # Behind a user's name first, which may be a number; a SHA is longer than an id.
    at = next((at for at in (1, 0) if at < len(parts) and _GIST.fullmatch(parts[at])), None)
    if at is None:
        raise Invalid(f"{quoted(address.text)} leads to no gist: take the address of one, with its id.")
    rest = parts[at + 1 :]
    if rest[:1] == ("archive",):
        return gist(parts[at], _ARCHIVE.sub("", rest[-1]) if len(rest) > 1 else "")
    rest = rest[1:] if rest[:1] == ("raw",) else rest
    ref = rest[0] if rest and _HEX.fullmatch(rest[0]) else ""
    file = "/".join(rest[1:] if ref else rest)
    file = "" if file in ("revisions", "stargazers", "forks") else file
    link, named = gist(parts[at], ref, file), _GIST_FILE.fullmatch(address.fragment)
    if file or named is None:
        return link
    return replace(link, source=Gist(parts[at], ref, anchor=named[1].lower()))


def _page(address: Address) -> Link | None:
    """OWNER/NAME/KIND/…; None for what somebody has put beside a repository: a file or an archive like any other."""
    owner_name, kind, rest = address.parts[:2], address.parts[2], address.parts[3:]
    behind = "/".join(rest)
    if kind == "src" and rest[:1] and rest[0] in _REFS:
        # Forgejo says what the ref is.
        kind, rest = "tree", rest[1:]
    if kind == "raw" and rest[:1] and rest[0] in _REFS:
        return Link(File(address.text), opens=rest[-1])
    if kind in ("tree", "blob", "edit", "blame", "src", "commits", "branch") and rest:
        if rest[0] == "refs" and len(rest) > 2:
            rest = rest[2:]
        link = repository(address, owner_name, rest[0], "/".join(rest[1:]), exact=False)
        return replace(link, opens=rest[-1]) if kind in ("blob", "edit", "blame") and len(rest) > 1 else link
    if kind == "raw" and len(rest) > 1:
        return Link(File(address.text), opens=rest[-1])
    if kind in ("commit", "commits") and rest:
        return repository(address, owner_name, rest[0])
    if kind in ("archive", "get", "zipball", "tarball") and rest:
        return repository(address, owner_name, _ARCHIVE.sub("", behind))
    if kind == "releases" and rest[:1] == ("tag",) and len(rest) > 1:
        return repository(address, owner_name, "/".join(rest[1:]))
    if kind == "releases" and len(rest) > 2 and (rest[0] == "download" or rest[:2] == ("latest", "download")):
        return None
    if kind == "pull" and rest and rest[0].isdigit():
        return repository(address, owner_name, f"refs/pull/{rest[0]}/head")
    if kind == "wiki":
        return repository(address, (owner_name[0], f"{owner_name[1]}.wiki"))
    if kind == "downloads" and rest:
        return None
    raise _about(address)


def _gitlab(address: Address) -> Link:
    """GROUP/…/NAME/-/KIND/REF/PATH, on any host."""
    dash = "-" in address.parts[2:]
    at = next(
        at for at, part in enumerate(address.parts) if at > 1 and (part == "-" if dash else part in _GITLAB_KINDS)
    )
    project, rest = address.parts[:at], address.parts[at + dash :]
    kind, behind = rest[0] if rest else "", rest[1:]
    if kind in ("tree", "blob", "blame", "edit") and behind:
        link = repository(address, project, behind[0], "/".join(behind[1:]), exact=False)
        return replace(link, opens=behind[-1]) if kind != "tree" and len(behind) > 1 else link
    if kind == "raw" and len(behind) > 1:
        return Link(File(address.text), opens=behind[-1])
    if kind == "commits" and behind:
        return repository(address, project, behind[0], "/".join(behind[1:]), exact=False)
    if kind in ("commit", "tags", "releases") and behind:
        return repository(address, project, "/".join(behind) if kind != "commit" else behind[0])
    if kind == "archive" and len(behind) > 1:
        # The name of the archive comes last.
        return repository(address, project, "/".join(behind[:-1]), address.query.get("path", ""))
    if kind == "wikis":
        return repository(address, (*project[:-1], f"{project[-1]}.wiki"))
    if kind == "snippets" and len(behind) == 1 and behind[0].isdigit():
        return repository(address, (*project, "snippets", behind[0]))
    if kind == "merge_requests" and behind and behind[0].isdigit():
        return repository(address, project, f"refs/merge-requests/{behind[0]}/head")
    if not kind:
        return repository(address, project)
    raise _about(address)


def _azure(address: Address) -> Link:
    """OWNER/PROJECT/_git/NAME?path=/PATH&version=GBBRANCH"""
    at = address.parts.index("_git") + 2
    ref = _AZURE.fullmatch(address.query.get("version", ""))
    url = address.at(*map(_encoded, address.parts[:at]))
    return Link(Git(url, check_ref(ref[2]) if ref else ""), folder=inner_path(address.query.get("path", "")))


def _about(address: Address) -> Invalid:
    return Invalid(
        f"{quoted(address.text)} leads to a page about a repository: take the address of the repository, or of a folder or "
        "file in it."
    )


def _encoded(part: str) -> str:
    return quote(part, safe="~@:+!$&'()*,;=")
