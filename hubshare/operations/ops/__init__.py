"""Workers, queues and jobs: how they are, and what admins of the Hub may change about it."""

from __future__ import annotations

from hubshare.errors import Forbidden
from hubshare.operations.caller import Caller
from hubshare.store.access.actions import RULES, Scope


def may_see(caller: Caller) -> bool:
    """Return whether somebody is an admin of the Hub, or has the scope for looking."""
    return caller.hub_admin or Scope.OPS in caller.person.scopes


def check_may_see(caller: Caller) -> None:
    """Let admins of the Hub pass, and whoever has the scope for it.

    Raises:
        Forbidden: for everybody else.
    """
    if not may_see(caller):
        raise Forbidden(f"Only admins of the Hub, and tokens with the scope {Scope.OPS}, {RULES[caller.action].words}.")


def check_may_run(caller: Caller) -> None:
    """Let admins of the Hub pass.

    Raises:
        Forbidden: for everybody else.
    """
    if not caller.hub_admin:
        raise Forbidden(f"Only admins of the Hub {RULES[caller.action].words}.")
