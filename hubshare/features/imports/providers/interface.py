"""What a provider is, and what it is given. Those of others are found by the entry points `hubshare.sources`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, Protocol

from hubshare.downloaded import Download as Download
from hubshare.features.imports.sources import Link

#: The group of entry points; each names a provider.
GROUP = "hubshare.sources"


class Version(NamedTuple):
    """One state of a source that does not change any more.

    Attributes:
        id: what tells it apart from other versions of the same source: `commit:…`, `etag:…`, `sha256:…`, `files:…`.
        label: for people, `main at 1a2b3c4`.
        address: where it, or what it is a version of, can be looked at.
    """

    id: str
    label: str
    address: str


class Fetched(NamedTuple):
    """What became of an import.

    Attributes:
        commit: id of the commit in the repository that it was fetched into.
        version: what was fetched.
        left_out: what a project cannot hold, each as `PATH: why`.
        reaches: the ids of all that the commit leads to, and that was not so in what was fetched before; none where its history
            is not kept, or is not known.
    """

    commit: str
    version: Version
    left_out: tuple[str, ...]
    reaches: frozenset[str] = frozenset()


class Fetch(Protocol):
    """Guarded access to the internet, for the time of one import. Everything is asked for once.

    All raise errors in words: `Invalid` for what is never fetched from, `NotFound`, `Forbidden`, `TooLarge`, `Unavailable`.
    """

    def refs(self, url: str, also: str = "") -> Mapping[str, str]:
        """What a git repository has: `refs/heads/main` to the id of a commit; `HEAD` among them, and as `HEAD@` its branch.

        Args:
            also: a ref that is wanted though it is neither branch nor tag: `refs/pull/7/head`.
        """
        ...

    def json(self, url: str) -> object:
        """What an API answers; at most 16 MiB."""
        ...

    def landing(self, url: str) -> str:
        """Where an address leads to in the end."""
        ...

    def etag(self, url: str) -> str:
        """How the server calls what it has at an address now, byte for byte; "" where it does not say."""
        ...

    def download(self, url: str, again: bool = False) -> Download:
        """Download a file.

        Args:
            again: anew, in place of what came of it before.
        """
        ...


class Destination(Protocol):
    """What is fetched goes here; what a project cannot hold is left out, and named."""

    def git(self, url: str, commit: str, ref: str = "", path: str = "", anchor: str = "") -> None:
        """Take a commit of a repository.

        Args:
            ref: a ref that led to the commit when it was looked up; "" for none that is known.
            path: of the file or folder in it that is wanted; "" for all.
            anchor: of a file at the top that is wanted, as the page of a gist calls it, instead of its path: `my-notes-md`.
        """
        ...

    def archive(self, file: Download, folder: str = "") -> None:
        """Take what is in a zip or tar; one folder that all of it lies in is taken off.

        Args:
            folder: the part of it that is wanted; "" for all.
        """
        ...

    def file(self, file: Download, path: str) -> None:
        """Take a file.

        Args:
            path: where it is to lie.

        Raises:
            BadPath: when nothing can lie there.
        """
        ...

    def leave_out(self, path: str, reason: str) -> None:
        """Note that something is not taken."""
        ...


class Provider(Protocol):
    """Knows one kind of source.

    Attributes:
        name: of the kind, for logs.
    """

    name: str

    def accepts(self, link: Link) -> bool:
        """Return whether this provider fetches what a link asks for."""
        ...

    def resolve(self, link: Link, fetch: Fetch) -> Version:
        """Return which version a link stands for now.

        Raises:
            HubShareError: when there is none, in words.
        """
        ...

    def fetch(self, link: Link, version: Version, fetch: Fetch, into: Destination) -> None:
        """Fetch a version that was resolved a moment ago, by the same `fetch`.

        Raises:
            HubShareError: when it cannot be fetched, in words.
        """
        ...
