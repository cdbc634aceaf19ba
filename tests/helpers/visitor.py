"""Signs everybody in to a Jupyter server as a user of the Hub who is not its owner."""

from __future__ import annotations

from typing import Any

from jupyter_server.auth.identity import IdentityProvider


class Visitor(IdentityProvider):  # type: ignore[misc]
    """Whoever has the server's token is Bob, as the Hub describes him."""

    async def get_user(self, handler: Any) -> Any:
        """The person, None where the token is not the server's."""
        found = await self._get_user(handler)
        if found is not None:
            found.hub_user = {"name": "bob", "kind": "user"}
        return found
