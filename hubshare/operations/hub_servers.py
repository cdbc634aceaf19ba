"""What operations ask the Hub about shared servers."""

from __future__ import annotations

from typing import NamedTuple, Protocol


class SharedAtHub(NamedTuple):
    """A share of a server as the Hub knows it.

    Attributes:
        owner, server: of which server; the default one is called "".
        user, group: with whom; one of both.
        address: of the server, for a browser.
        running: whether it answers.
    """

    owner: str
    server: str
    user: str | None
    group: str | None
    address: str
    running: bool


class HubServers(Protocol):
    """Asks the Hub, and waits for its answer."""

    def shared_with(self, user: str) -> list[SharedAtHub]:
        """The servers that somebody may use by a share, also by a share with a group.

        Raises:
            Unavailable: when the Hub does not answer.
        """
        ...

    def shares_of(self, owner: str) -> list[SharedAtHub]:
        """Who may use somebody's servers by a share.

        Raises:
            Unavailable: when the Hub does not answer.
        """
        ...

    def end(self, owner: str, server: str, user: str) -> bool:
        """End a share; return whether there was one.

        Raises:
            Unavailable: when the Hub does not answer.
        """
        ...


class OwnersHub(HubServers, Protocol):
    """The same, for an owner who is there with a browser, by whose own rights a share is made."""

    def share(self, owner: str, server: str, user: str) -> None:
        """Share a server with somebody.

        Raises:
            Forbidden: when no browser is there.
            NotSignedIn: when the owner has signed in without the right to share.
            NotFound: when the Hub has no such server or user.
            Unavailable: when the Hub does not answer.
        """
        ...
