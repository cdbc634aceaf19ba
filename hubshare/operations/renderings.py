"""Renderings: how a file is shown, from the cache, or made by the workers."""

from __future__ import annotations

import time

from hubshare import jobs
from hubshare.centre import Centre
from hubshare.rendering.requests import RenderRequest
from hubshare.rendering.results import RenderResult

_LOOK_SECONDS = 0.015


def fetch_rendering(centre: Centre, *, project: str, wanted: RenderRequest, seconds: float) -> RenderResult | None:
    """What came of a rendering; None when it is being made, which this asks for.

    Args:
        project: id of the one whose repository has the blobs. The caller has checked that the person may read them.
        seconds: how long to wait for it.

    Raises:
        Unavailable: Redis does not answer.
    """
    cache = centre.rendered
    found = cache.get(wanted)
    if found is not None:
        return found
    jobs.RENDER.enqueue(centre.queue, jobs.Render(project, wanted.encode()))
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        time.sleep(_LOOK_SECONDS)
        found = cache.get(wanted)
        if found is not None:
            return found
    return None
