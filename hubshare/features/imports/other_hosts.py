"""Links to repositories whose hosts have pages of another shape: Hugging Face, sourcehut, Nextcloud. Kaggle's are refused.

Source: the Hub's documentation of Hugging Face ("Repositories", "Downloading datasets"); git.sr.ht's pages and routes.
"""

from __future__ import annotations

import re
from dataclasses import replace

from hubshare.errors import Invalid
from hubshare.features.imports.addresses import Address, check_ref, inner_path
from hubshare.features.imports.sources import File, Git, Link
from hubshare.names import quoted

_HUGGING_FACE = {"huggingface.co", "www.huggingface.co", "hf.co"}
_SOURCEHUT = "git.sr.ht"
#: What stands before the name of a repository there, of what is no model.
_KINDS = {"datasets", "spaces"}
#: What stands behind it.
_PLACES = {"tree", "blob", "resolve", "raw", "commit", "commits", "blame", "edit", "discussions", "viewer", "settings"}
#: First words of addresses there that lead to no repository.
_PAGES = {
    "docs",
    "blog",
    "models",
    "papers",
    "collections",
    "organizations",
    "learn",
    "tasks",
    "posts",
    "join",
    "login",
}
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,95}")
_ARCHIVE = re.compile(r"\.tar\.gz$")
#: What Nextcloud and ownCloud call what somebody has shared.
_SHARE = re.compile(r"((?:.+/)?(?:index\.php/)?s/[A-Za-z0-9]{15})")


def other_link(address: Address) -> Link | None:
    """What an address asks for, if it is one of these hosts; None if not.

    Raises:
        Invalid: when it is, and leads to nothing that can be fetched.
    """
    if address.host in _HUGGING_FACE:
        return _hugging_face(address)
    if address.host == _SOURCEHUT and len(address.parts) >= 2:
        return _sourcehut(address)
    if share := _SHARE.fullmatch("/".join(address.parts)):
        # The page of a share says nothing; what is in it, or a zip of that, lies beside it.
        return Link(File(address.at(share[1], "download")))
    if address.host in ("kaggle.com", "www.kaggle.com"):
        raise Invalid(
            "Kaggle gives what it has to those alone who have signed in there, by a program of its own: download it there, and "
            "put it into the folder of a project."
        )
    return None


def _hugging_face(address: Address) -> Link:
    """[datasets/|spaces/][OWNER/]NAME[/KIND/REF/PATH]"""
    parts = address.parts
    at = 1 if parts and parts[0] in _KINDS else 0
    # The first models and datasets have no owner.
    end = at + (1 if len(parts) == at + 1 or (len(parts) > at + 1 and parts[at + 1] in _PLACES) else 2)
    named, kind, rest = parts[at:end], parts[end] if len(parts) > end else "", parts[end + 1 :]
    if not named or parts[0] in _PAGES or not all(map(_NAME.fullmatch, named)):
        raise _about(address)
    named = (*parts[:at], *(part.removesuffix(".git") for part in named))
    url = f"{address.scheme}://huggingface.co/{'/'.join(named)}"
    if kind in ("", "viewer"):
        return Link(Git(url))
    if kind in ("resolve", "raw") and len(rest) > 1:
        return Link(File(address.text), opens=inner_path(rest[-1]))
    if kind in ("tree", "commit", "commits") and len(rest) == 1:
        return Link(Git(url, check_ref(rest[0])))
    if kind in ("tree", "blob", "blame", "edit") and len(rest) > 1:
        link = Link(Git(url, check_ref(rest[0]), inner_path("/".join(rest[1:]))))
        return link if kind == "tree" else replace(link, opens=inner_path(rest[-1]))
    if kind == "discussions" and rest and rest[0].isdigit():
        return Link(Git(url, f"refs/pr/{rest[0]}"))
    raise _about(address)


def _sourcehut(address: Address) -> Link:
    """~OWNER/NAME[/KIND/REF[/item/PATH]]"""
    owner_name, kind, rest = address.parts[:2], address.parts[2] if len(address.parts) > 2 else "", address.parts[3:]
    url = f"{address.scheme}://{address.host}/{'/'.join(map(inner_path, owner_name)).removesuffix('.git')}"
    if kind == "blob" and len(rest) > 1:
        return Link(File(address.text), opens=inner_path(rest[-1]))
    if kind in ("tree", "log", "blame") and rest:
        at = rest.index("item") if "item" in rest else len(rest)
        return Link(Git(url, check_ref("/".join(rest[:at]))), folder=inner_path("/".join(rest[at + 1 :])))
    if kind in ("commit", "refs") and rest:
        return Link(Git(url, check_ref("/".join(rest))))
    if kind == "archive" and rest:
        return Link(Git(url, check_ref(_ARCHIVE.sub("", "/".join(rest)))))
    if not kind or (kind in ("tree", "log", "refs") and not rest):
        return Link(Git(url))
    raise _about(address)


def _about(address: Address) -> Invalid:
    return Invalid(
        f"{quoted(address.text)} leads to no repository: take the address of one, or of a folder or file in it."
    )
