"""The routes of features: found by the one list of features."""

from __future__ import annotations

from collections.abc import Iterable

from fastapi import APIRouter

from hubshare import features


def routers(parts: Iterable[str]) -> list[APIRouter]:
    """Return the routers that parts of features name; a part that is not there is passed over.

    Args:
        parts: `api` or `pages` of each feature.

    Raises:
        TypeError: a part is no router.
    """
    found: list[APIRouter] = []
    for part in filter(None, parts):
        router = features.load(part)
        if not isinstance(router, APIRouter):
            raise TypeError(f"{part} is a part of a feature and no router.")
        found.append(router)
    return found
