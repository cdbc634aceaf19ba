"""The job that makes one rendering and puts it into the cache."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence

from hubshare import metering
from hubshare.centre import Centre
from hubshare.errors import NotFound
from hubshare.git.objects import BLOB
from hubshare.git.streams import ObjectStream
from hubshare.jobs import Render
from hubshare.jobs.ends import JobEnd, LeftJob
from hubshare.names import sizes
from hubshare.rendering.kinds import BEGINNING, LARGEST, PIECE_BY_PIECE
from hubshare.rendering.requests import RenderRequest
from hubshare.rendering.results import RenderResult, failure
from hubshare_workers.context import Context
from hubshare_workers.render.renderer import Renderer


def render(context: Context, wanted: Render) -> None:
    """Make a rendering, unless it is there."""
    cache, request = context.centre.rendered, wanted.wanted
    if cache.get(wanted.project, request) is None:
        began = time.monotonic()
        cache.put(wanted.project, request, make(context.centre, context.renderer, wanted.project, request))
        # Another process computes meanwhile, and has little else to do.
        metering.count(seconds=time.monotonic() - began)


def make(centre: Centre, renderer: Renderer, project: str, request: RenderRequest) -> RenderResult:
    """What came of a request; what is wrong with the content is a result as well.

    Args:
        centre: has the repositories.
        renderer: does it, in a process of its own.
        project: whose repository has the blobs.
        request: what is asked for.
    """
    most, beginning = LARGEST.get(request.kind), BEGINNING.get(request.kind)
    inputs: list[bytes | Iterable[bytes]] = []
    try:
        repository = centre.repositories.open(project)
        for blob in request.blobs:
            kind, size = repository.kind_and_size(blob) or (None, 0) if blob else (BLOB, 0)
            if kind != BLOB:
                raise NotFound(f"Object {blob} is not a file of this project.")
            if most is not None and size > most:
                found, allowed = sizes(size, most)
                return failure("too-large", f"This file has {found}; up to {allowed} are shown. It can be downloaded.")
            # One more, which says that there is more.
            end = int(request.options.get("beginning", size if beginning is None else beginning + 1))
            if request.kind in PIECE_BY_PIECE:
                inputs.append(cut_out(repository.stream(blob), request.ranges(end)))
            else:
                inputs.append(repository.beginning(blob, end) if blob else b"")
    except NotFound:
        return failure("missing", "This file is not in the project.")
    return renderer.render(request, inputs)


def cut_out(content: ObjectStream, ranges: Sequence[tuple[int, int]]) -> Iterator[bytes]:
    """The bytes of a file that lie in some ranges of it, in pieces; what lies behind the last one is not read.

    Args:
        content: is closed in the end.
        ranges: from where to where, in order, none within another.
    """
    with content:
        at, left = 0, list(ranges)
        for piece in content:
            for start, end in left:
                if part := piece[max(0, start - at) : max(0, end - at)]:
                    yield part
            at += len(piece)
            left = [one for one in left if one[1] > at]
            if not left:
                return


def end_of_rendering(centre: Centre, job: LeftJob) -> JobEnd | None:
    """How a job has ended that was to make a rendering; None where that is not there."""
    project, _, key = job.key.partition(":")
    at = centre.rendered.made_at(project, key)
    # An error stays there until it is tried again.
    return JobEnd("done", at) if at is not None and at >= job.queued else None
