"""Finding the route of a request."""

from __future__ import annotations

import re
from functools import cached_property

from fastapi import APIRouter
from fastapi.routing import APIRoute
from starlette.routing import Match
from starlette.types import Scope

#: What begins the part of a path that has a name, in its expression.
_NAME = re.compile(r"\(\?P<\w+>")


class PrefixRouter(APIRouter):
    """Routes below one prefix: for all other requests one look at the path says so, where else each route is compared.

    Args:
        below: the prefix, which it has to be included with: without one FastAPI makes all routes once more, to look at each.
    """

    def __init__(self, below: str) -> None:
        super().__init__()
        self.below = below

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        if not _path(scope).startswith(self.below):
            return Match.NONE, {}
        return super().matches(scope)


class PathsRouter(APIRouter):
    """The routes of another router: one comparison with the paths of all says of most requests that they are for none of them.

    Args:
        router: the other one, which has all its routes already.
        prefix: below which they are reached.
    """

    def __init__(self, router: APIRouter, prefix: str) -> None:
        super().__init__()
        self.routes = router.routes
        self._below = prefix

    @cached_property
    def _paths(self) -> re.Pattern[str]:
        each = {_NAME.sub("(?:", route.path_regex.pattern)[1:] for route in self.routes if isinstance(route, APIRoute)}
        return re.compile(f"{re.escape(self._below)}(?:{'|'.join(sorted(each))})")

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        if not self._paths.match(_path(scope)):
            return Match.NONE, {}
        return super().matches(scope)


def _path(scope: Scope) -> str:
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", ""))
