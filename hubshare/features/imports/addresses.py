"""An address on the web, taken apart; and what may stand in one."""

from __future__ import annotations

import re
from html import unescape
from typing import NamedTuple
from urllib.parse import parse_qsl, unquote, urlsplit

from hubshare.errors import BadPath, Invalid
from hubshare.names import check_path, quoted

#: Longest link, in characters.
MOST = 4096
_SSH = re.compile(
    r"(?:[\w.-]+@([\w.-]+\.[a-z]{2,}):(?!/)|(?:ssh|git)://(?:[\w.-]+@)?([\w.-]+\.[a-z]{2,})(?::\d+)?/)(\S+)",
    re.IGNORECASE,
)
#: What people copy around an address: a command, with options in front and behind, and a folder; Markdown; a sentence's end.
#: Each option is read in one way only, and stays so: of many, all ways to read them would be tried, for years.
_CLONE = re.compile(
    r"git +clone +((?:(?:-[bojc]|--branch|--origin|--config) +[^\s-]\S* +|-\S+ +(?:\d+ +)?)*+)"
    r"([^\s:-][^\s:]*+:\S*)(?: +[^\s-]\S*)?"
    r"((?: +(?:(?:-[bojc]|--branch|--origin|--config) +[^\s-]\S*|-\S+(?: +\d+)?))*+)(?: +[^\s-]\S*)?"
)
_BRANCH = re.compile(r"(?:^| )(?:-b *|--branch[= ] *)(\S+)")
#: Other commands that name just one address.
_FETCH = re.compile(
    r"(?:wget|curl|pip3? +install|git +remote +add)(?: +[^\s:]+)* +[\"']?((?:git\+)?https?://[^\s\"']+)[\"']?(?: +[^\s:]+)*"
)
_GH = re.compile(r"gh +repo +(?:clone|fork) +([\w.-]+/[\w.-]+)(?: .*)?")
#: A command's name, and what begins another one behind it.
_COMMAND, _NEXT = re.compile(r"(?:git|gh|wget|curl|pip3?) "), re.compile(r"\s*(?:&&|\|\|?|;)\s|\s*\n")
#: Words or a picture that lead to an address.
_MARKDOWN = re.compile(r"!?\[(?:!\[[^\]]*\]\([^)]*\)|[^\]]*)\]\(\s*(\S+?)(?:\s+[\"'][^\"']*[\"'])?\s*\)")
_HTML = re.compile(r"<a\s[^<>]*?\bhref\s*=\s*[\"']([^\"'<>]+)[\"'].*", re.IGNORECASE | re.DOTALL)
#: `https:/host`, `https:host`, `https//host` and `//host`.
_MISSPELLED = re.compile(r"(?:(https?)(?::/?(?=[\w.-]+\.)|//)|//)(?=[\w-])", re.IGNORECASE)
_AROUND = "<>\"'`“”„‘’‚«»‹›\u200b\u2060\ufeff"
#: Sites that are asked by https however their addresses are written: what they have goes nowhere in the open.
_BY_HTTPS = {
    *("github.com", "www.github.com", "gist.github.com", "raw.githubusercontent.com", "gitlab.com", "bitbucket.org"),
    *("codeberg.org", "huggingface.co", "zenodo.org", "osf.io", "figshare.com"),
}
#: Those that an address need not name.
_PORTS = {"https": 443, "http": 80}
_BARE = re.compile(r"(?:[a-z0-9-]+\.)+[a-z]{2,}(?::\d+)?(?:[/?#]\S*)?", re.IGNORECASE)
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):", re.IGNORECASE)
#: What git takes for no ref (git-check-ref-format); and what could be taken for an option or a range.
_NO_REF = re.compile(r"^[-/]|\.\.|@\{|//|[\x00-\x20\x7f~^:?*\[\\]|/$|\.$|\.lock(/|$)|(^|/)\.")


class Address(NamedTuple):
    """An http or https address.

    Attributes:
        scheme: `https` or `http`.
        host: in small letters, with the port where it has one.
        parts: of its path, decoded; empty ones left out.
        query: its parameters, decoded.
        fragment: what stands behind `#`.
        text: all of it, but for the fragment.
    """

    scheme: str
    host: str
    parts: tuple[str, ...]
    query: dict[str, str]
    fragment: str
    text: str

    @property
    def site(self) -> str:
        """Scheme and host."""
        return f"{self.scheme}://{self.host}"

    def at(self, *parts: str) -> str:
        """Another address of the same site."""
        return "/".join((self.site, *parts))


def read_address(text: str) -> tuple[Address, str]:
    """Take an address apart; and what a person should know of how it was read.

    Raises:
        Invalid: when it is none that anything is fetched from.
    """
    if len(text) > MOST:
        raise Invalid(f"The link is longer than {MOST:,} characters.")
    text, note = _bare(text), ""
    if not text or re.search(r"[\x00-\x20\x7f\\]", text):
        # It is not said again: a command may hold a password.
        raise Invalid("This is no link: it is empty, or holds spaces, backslashes or control characters.")
    text = text.removeprefix("git+")
    if found := _SSH.fullmatch(text):
        host = found[1] or found[2]
        text = f"https://{host}/{found[3].rstrip('/').removesuffix('.git')}.git"
        note = f"Read over https from {host}, since no key for ssh is used here."
    elif _BARE.fullmatch(text):
        text = f"https://{text}"
    scheme = _SCHEME.match(text)
    if scheme is None:
        raise Invalid(f"{quoted(text)} is no link: write an address that begins with https://, or a DOI.")
    if scheme[1].lower() not in ("http", "https"):
        raise Invalid(
            f"{quoted(scheme[1])} addresses are not fetched from: take the address that begins with https://."
        )
    try:
        found_parts = urlsplit(text)
        port = found_parts.port
    except ValueError:
        raise Invalid(f"{quoted(text)} is not written as an address is.") from None
    if "@" in found_parts.netloc:
        raise Invalid(
            "The address holds a user name or a password: leave it out, and give the password or token beside it."
        )
    if not found_parts.hostname:
        raise Invalid(f"{quoted(text)} names no host.")
    name = found_parts.hostname.rstrip(".") or found_parts.hostname
    port = None if port == _PORTS[found_parts.scheme.lower()] else port
    # An address of IPv6 keeps its brackets.
    host = (f"[{name}]" if ":" in name else name) + (f":{port}" if port is not None else "")
    parts = tuple(unquote(part) for part in found_parts.path.split("/") if part)
    by = "https" if host in _BY_HTTPS else found_parts.scheme.lower()
    kept = found_parts._replace(scheme=by, netloc=host, fragment="").geturl()
    query = parameters(found_parts.query)
    return Address(by, host, parts, query, found_parts.fragment, kept), note


def _bare(text: str) -> str:
    """Return an address without what was copied around it."""
    text = _command(text)
    if found := _CLONE.fullmatch(text):
        text = found[2]
    elif found := _GH.fullmatch(text):
        text = f"https://github.com/{found[1]}"
    elif found := _FETCH.fullmatch(text) or _MARKDOWN.fullmatch(text):
        text = found[1]
    elif found := _HTML.fullmatch(text):
        text = unescape(found[1])
    text = text.strip(_AROUND).rstrip(".,;:!").strip(_AROUND).removeprefix("view-source:")
    if text.startswith("(") and ")" in text:
        text = text[1:].rpartition(")")[0]
    elif text.endswith(")") and "(" not in text:
        text = text[:-1]
    return (
        _MISSPELLED.sub(lambda found: f"{found[1] or 'https'}://", text, count=1) if _MISSPELLED.match(text) else text
    )


def _command(text: str) -> str:
    """Return a text without the prompt, and the commands behind, that are copied with a command."""
    text = re.sub(r"^(?:[$%] +|!)(?=[a-z])", "", text.strip().strip("\u200b\u2060\ufeff"))
    return _NEXT.split(text, maxsplit=1)[0] if _COMMAND.match(text) else text


def cloned_branch(text: str) -> str:
    """Return the branch that a copied `git clone` takes; "" where it names none, or this is no such command."""
    command = _CLONE.fullmatch(_command(text))
    branch = _BRANCH.search(f"{command[1]} {command[3]}") if command else None
    return branch[1] if branch else ""


def parameters(query: str) -> dict[str, str]:
    """The parameters of an address, decoded; of those that are there twice the first."""
    return dict(reversed(parse_qsl(query, keep_blank_values=True)))


def check_ref(ref: str) -> str:
    """Return `ref` if it may name a branch, a tag or a commit.

    Raises:
        Invalid: when git would take it for something else.
    """
    if _NO_REF.search(ref) or len(ref) > 255:
        raise Invalid(f"{quoted(ref)} cannot be a branch, a tag or a commit.")
    return ref


def inner_path(path: str) -> str:
    """Return a path inside what is fetched, without slashes around it.

    Raises:
        BadPath: when it cannot be one.
    """
    path = "/".join(part for part in path.split("/") if part not in ("", "."))
    if not path:
        return ""
    try:
        return check_path(path)
    except BadPath as error:
        raise BadPath(f"The link cannot be followed: {error.message}") from None
