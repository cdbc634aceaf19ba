"""Keys of Redis, and the names of its users."""

from __future__ import annotations

from urllib.parse import unquote

from hubshare.names import key_part

#: Set of the users whose outboxes are read; told of on the stream `CONTROL`.
OUTBOXES = "hubshare:outboxes"

CONTROL = "hubshare:control"

#: What has happened to projects, for event streams; see `hubshare.bus.feed`.
FEED = "hubshare:feed"

#: All that an agent needs; every other command is refused to it.
AGENT_COMMANDS = ("+xadd", "+xread", "+ping")


def outbox(user: str) -> str:
    """The stream on which a user's agents tell the centre."""
    return f"hubshare:{{{key_part(user)}}}:outbox"


#: What Redis matches the keys of all outboxes with.
EVERY_OUTBOX = "hubshare:{*}:outbox"


def inbox(user: str) -> str:
    """The stream on which the centre tells a user's agents."""
    return f"hubshare:{{{key_part(user)}}}:inbox"


def user_of(outbox: str) -> str:
    """Whose outbox a key is."""
    return unquote(outbox.removeprefix("hubshare:{").removesuffix("}:outbox"))


def acl_user(user: str, session: str) -> str:
    """The Redis user of one agent session."""
    return f"hubshare-{key_part(user)}-{session}"
