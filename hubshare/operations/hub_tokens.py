"""What operations ask the Hub about tokens."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple, Protocol


class TokenAtHub(NamedTuple):
    """A token as the Hub knows it.

    Attributes:
        id: the Hub's, which it may give again once the token is gone.
        scopes: what it allows.
        created, last, expires: UTC; None where the Hub does not say, or there is no such time.
        client: what it was made for or by, in words.
    """

    id: str
    note: str
    scopes: tuple[str, ...]
    created: datetime | None
    last: datetime | None
    expires: datetime | None
    client: str


class HubTokenList(Protocol):
    """Asks the Hub, and waits for its answer."""

    def tokens_of(self, user: str) -> list[TokenAtHub]:
        """A user's tokens, the newest first; none where the Hub has no such user.

        Raises:
            Unavailable: when the Hub does not answer, or does not tell HubShare.
        """
        ...


class RevokingHub(HubTokenList, Protocol):
    """The same, for whoever asks with a token by whose own rights one is revoked."""

    def revoke(self, user: str, token: str) -> None:
        """Revoke a token, and all others that the same program got by signing the user in.

        Raises:
            Forbidden: when the Hub does not let the token that is asked with do so.
            NotFound: when the user has none of that id.
            Unavailable: when the Hub does not answer.
        """
        ...
