"""The error tree. Each error says what happened, to what, and what to do next.

HubShareError
├── NotFound           unknown project, or one that this person may not know of
├── Forbidden          the role is too small
├── NotSignedIn        no token, or one that the Hub does not accept
├── Invalid            a request, a name or a path that cannot be accepted
│   ├── BadName
│   ├── BadPath
│   ├── BadEvent
│   ├── BadPack
│   ├── HasOutputs     a notebook with outputs, for a project that shares none
│   └── UnknownUser    the Hub knows nobody of that name
├── Clash              the name is taken, the folder is already tracked, the state moved on
│   └── AlreadyThere   files of an upload are there already, or were changed meanwhile
├── Changed            what the request was made for has changed meanwhile
├── TooLarge           over a limit
│   └── OverQuota      over what the owner may use in all
├── TooMany            too often within a minute, or too many at a time; worth trying again later
├── Cancelled          the person stopped a command
├── Unavailable        Redis, the service or the agent does not answer; worth trying again
└── Paused             waits for a person: the deletion guard, a missing folder; DiskFull: until there is room
    └── DeletionsAsked many files are deleted, and which
"""

from __future__ import annotations

from typing import Literal

#: The command that says yes, with `--confirm`, to what is asked about deletions; "" where nothing is asked.
AnswerName = Literal["", "push", "pull"]


class HubShareError(Exception):
    """The root of all errors that HubShare raises on purpose.

    Args:
        message: one sentence for the person: what happened, to which path or project, what to do next.

    Attributes:
        code: stable name of the error in the API, in events and in `--json` output.
        status: the HTTP status that the API answers with.
    """

    code = "error"
    status = 500

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class NotFound(HubShareError):
    code = "not-found"
    status = 404


class Forbidden(HubShareError):
    code = "forbidden"
    status = 403


class NotSignedIn(HubShareError):
    code = "not-signed-in"
    status = 401


class Invalid(HubShareError):
    code = "invalid"
    status = 422


class BadName(Invalid):
    code = "bad-name"


class BadPath(Invalid):
    code = "bad-path"


class BadEvent(Invalid):
    code = "bad-event"


class BadPack(Invalid):
    code = "bad-pack"


class HasOutputs(Invalid):
    code = "has-outputs"


class UnknownUser(Invalid):
    code = "unknown-user"


class Clash(HubShareError):
    code = "clash"
    status = 409


class AlreadyThere(Clash):
    code = "already-there"


class Changed(HubShareError):
    code = "changed"
    status = 412


class TooLarge(HubShareError):
    code = "too-large"
    status = 413


class OverQuota(TooLarge):
    code = "over-quota"


class TooMany(HubShareError):
    """Too much at once, or too often.

    Attributes:
        retry_after: when to try again, in seconds.
    """

    code = "too-many"
    status = 429
    retry_after = 60


class Unavailable(HubShareError):
    """Something does not answer, or has no room now.

    Attributes:
        retry_after: when to try again, in seconds.
    """

    retry_after = 5
    code = "unavailable"
    status = 503


class Cancelled(HubShareError):
    code = "cancelled"
    status = 409


class Paused(HubShareError):
    """Waits for a person.

    Args:
        message: what happened, and what to do, as one does it in a terminal.
        reason: what happened, without the commands that answer it; `message` if not given.
        answer: the command that answers it.
    """

    code = "paused"
    status = 409

    def __init__(self, message: str, reason: str = "", answer: AnswerName = "") -> None:
        super().__init__(message)
        self.reason, self.answer = reason or message, answer


class DiskFull(Paused):
    code = "disk"


class DeletionsAsked(Paused):
    """Many files are deleted: that waits for a confirmation.

    Args:
        message: for the person.
        mark: of just these deletions.
    """

    def __init__(self, message: str, mark: str) -> None:
        super().__init__(message)
        self.mark = mark


def _tree(root: type[HubShareError]) -> dict[str, type[HubShareError]]:
    found = {root.code: root}
    for child in root.__subclasses__():
        # A kind that another module tells apart for itself has no code of its own: the code stands for its parent.
        found = _tree(child) | found
    return found


def from_code(code: str, message: str) -> HubShareError:
    """The error that a stable code stands for, as received over the API, a socket or an event."""
    return _tree(HubShareError).get(code, HubShareError)(message)
