"""The jobs of features: found by the one list of features, declared like all others."""

from __future__ import annotations

from collections.abc import Iterable

import dramatiq

from hubshare import features
from hubshare.centre import Centre
from hubshare.jobs.handler import Handler


def handlers(centre: Centre) -> list[Handler]:
    """Return what the features do with their jobs.

    Raises:
        TypeError: the worker part of a feature is not a function that gives handlers.
    """
    found: list[Handler] = []
    for feature in features.FEATURES:
        if not feature.worker:
            continue
        part = features.load(feature.worker)
        given = list(part(centre)) if callable(part) else [part]
        for handler in given:
            if not isinstance(handler, Handler):
                raise TypeError(f"{feature.worker} of the feature {feature.name!r} does not give handlers of jobs.")
            found.append(handler)
    return found


def declare(broker: dramatiq.Broker, found: Iterable[Handler]) -> None:
    """Make the jobs known to the broker."""
    for handler in found:
        dramatiq.actor(handler.run, broker=broker, **handler.job.options())
