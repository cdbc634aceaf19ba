"""In whose name a command is carried out, on a server that several people use.

The server extension says who is in front of it, with the token that the Hub gave that person; of the owner it says nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from hubshare.errors import Forbidden, Invalid
from hubshare.names import quoted
from hubshare.wire.socket.base import Command
from hubshare_agents.agent import Agent


@contextmanager
def in_front(agent: Agent, command: Command, person: object) -> Iterator[Agent]:
    """The agent that carries a command out for whoever is in front of the server.

    Args:
        person: `{"user": …, "token": …}`; None for the owner.

    Raises:
        Forbidden: when it would be done in the owner's name.
    """
    if person is None or command.acts_as == "anybody":
        yield agent
        return
    if not isinstance(person, dict) or not all(isinstance(person.get(key), str) for key in ("user", "token")):
        raise Invalid("Who is in front of the server is told as a user and a token.")
    owner, user = agent.link.user or "somebody else", person["user"]
    if command.acts_as == "owner":
        raise Forbidden(
            f"This server is {owner}'s: what is done with its folders is done in the name of {quoted(owner)}, and you are "
            f"{quoted(user)}. Do it on a server of your own, or ask {owner}."
        )
    if not person["token"]:
        raise Forbidden(
            f"This server is {owner}'s, and the Hub has not told it how to act in your name, {quoted(user)}: do it on the "
            "pages of HubShare, or on a server of your own."
        )
    with agent.acting_for(person["token"]) as acting:
        yield acting
