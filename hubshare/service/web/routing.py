"""Finding the route of a request."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.routing import Match
from starlette.types import Scope


class PrefixRouter(APIRouter):
    """Routes below one prefix: for all other requests one look at the path says so, where else each route is compared."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        if not scope["path"].removeprefix(scope.get("root_path", "")).startswith(self.prefix):
            return Match.NONE, {}
        return super().matches(scope)
