"""What a mirror's repository, branch and tags may be called; pure.

Source: git's Documentation/git-check-ref-format.txt.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from hubshare.errors import Invalid
from hubshare.names import quoted

_BRANCH = re.compile(
    r"(?!.*(?:\.\.|//|/\.|\.lock(?:/|$)|\.(?:/|$)))[A-Za-z0-9_](?:[A-Za-z0-9._/+#=-]*[A-Za-z0-9_+#=-])?"
)
_SSH = re.compile(r"(?:ssh://)?(?:[^@/\s]+@)?(?P<host>[a-z0-9.-]+\.[a-z]+):(?!//)(?P<path>[^\s]+)", re.IGNORECASE)


def check_branch(name: str) -> str:
    """Return the name of a branch.

    Raises:
        Invalid: when git takes none of that name.
    """
    if not _BRANCH.fullmatch(name) or name == "HEAD" or name.startswith("refs/"):
        raise Invalid(f"{quoted(name)} cannot name a branch: use letters, digits and . _ - / as in `main`.")
    return name


def check_url(url: str) -> str:
    """Return the address of a repository, as far as one can tell without asking.

    Raises:
        Invalid: when nothing can be pushed there.
    """
    if found := _SSH.fullmatch(url):
        raise Invalid(
            f"A mirror is pushed to by https: take https://{found['host']}/{found['path'].lstrip('/')}, with a token."
        )
    try:
        parts = urlsplit(url)
        fine = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        fine = False
    if not fine or not parts.path.strip("/"):
        raise Invalid("A mirror needs the address of a git repository that begins with https://.")
    if parts.username is not None or parts.password is not None:
        raise Invalid("The address of a mirror holds no user and no password: give them beside it.")
    if parts.query or parts.fragment:
        raise Invalid("The address of a git repository has no part behind '?' or '#'.")
    return url.rstrip("/")


def tags_of(releases: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return the tags of releases, by name.

    Args:
        releases: name and commit, the earliest first. Of two that make the same tag the earlier one has it.
    """
    made: dict[str, str] = {}
    for name, commit in releases:
        tag = re.sub(r"\.lock$", "-lock", re.sub(r"\.{2,}", ".", re.sub(r" +", "-", name)))
        made.setdefault(tag, commit)
    return made
