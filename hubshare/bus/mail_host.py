"""What is wrong with the mail server, for whoever sends next and for those who run the Hub. Lost, it is only tried at once."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

_KEY = "hubshare:mail-host"
#: Waits before the mail server is tried again, in seconds: they double. A fault is forgotten when nobody tries any more.
_FIRST, _LONGEST, _FORGOTTEN = 60, 900, 86_400


class MailFault(NamedTuple):
    """Why the mail server took nothing.

    Attributes:
        since, until: seconds of the epoch; it is left alone until then.
        failures: in a row.
    """

    words: str
    since: float
    until: float
    failures: int


def read_mail_fault(client: Any) -> MailFault | None:
    """What is wrong with the mail server; None while it takes mails.

    Raises:
        RedisError: Redis does not answer.
    """
    found = client.get(_KEY)
    return MailFault(*json.loads(found)) if found else None


def note_mail_fault(client: Any, words: str, at: float) -> MailFault:
    """Write down that the mail server took nothing, and when it is tried again.

    Raises:
        RedisError: Redis does not answer.
    """
    before = read_mail_fault(client)
    failures = before.failures + 1 if before else 1
    wait = min(_FIRST * 2 ** min(failures - 1, 10), _LONGEST)
    fault = MailFault(words, before.since if before else at, at + wait, failures)
    client.set(_KEY, json.dumps(fault), ex=_FORGOTTEN)
    return fault


def forget_mail_fault(client: Any) -> None:
    """Write down that the mail server takes mails.

    Raises:
        RedisError: Redis does not answer.
    """
    client.delete(_KEY)
