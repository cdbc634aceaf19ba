"""Renderings: how a file is shown, from the cache, or made by the workers; everybody has a few in progress."""

from __future__ import annotations

import threading
import time
from typing import NamedTuple

from hubshare import jobs
from hubshare.centre import Centre
from hubshare.operations.asker import Asker
from hubshare.rendering.requests import RenderRequest
from hubshare.rendering.results import RenderResult

_LOOK_SECONDS = 0.015
#: So many are in progress in all, and of these for visitors without an account.
_MOST, _VISITORS_MOST = 256, 32
#: So many requests wait at a time, each with a thread, for what is being made; the pages of others ask again.
_WAITING_MOST = 12
#: Beyond the time of a processor that a rendering may take, so long it may wait for that, for its turn and for another try, in
#: seconds.
_SPARE_SECONDS = 120
#: Whose work it is in the queue where it is nobody's: visitors have one share there together. No user is called so.
_VISITORS = "/visitors"


class _Running(NamedTuple):
    """A rendering that the workers were asked for.

    Attributes:
        until: after which it is asked for anew, by the monotonic clock.
    """

    asker: Asker
    project: str
    wanted: RenderRequest
    until: float


class Renderings:
    """The renderings that a process of the service has asked the workers for; for all its threads.

    The same rendering is asked for once, for however many people, and counts for the first of them. Who has as many in progress
    as everybody may is not refused: the page is sent without the rendering, asks again, and gets it when it is its turn.

    Args:
        centre: has the cache and the queue.
    """

    def __init__(self, centre: Centre) -> None:
        self._centre = centre
        self._each = centre.settings.renderings_each
        self._lasts = centre.settings.render_seconds + _SPARE_SECONDS
        self._guard = threading.Lock()
        self._running: dict[tuple[str, str], _Running] = {}
        self._waiting = threading.BoundedSemaphore(_WAITING_MOST)

    def is_made(self, project: str, wanted: RenderRequest) -> bool:
        """Return whether a rendering is there.

        Args:
            project: id, as for `fetch`.
        """
        return self._centre.rendered.get(project, wanted) is not None

    def fetch(self, asker: Asker, *, project: str, wanted: RenderRequest, seconds: float) -> RenderResult | None:
        """What came of a rendering; None when it is being made, which this asks for, or will be when it is the person's turn.

        Args:
            project: id of the one whose repository has the blobs. The caller has checked that the person may read them.
            seconds: how long to wait for it.

        Raises:
            Unavailable: Redis does not answer.
        """
        cache = self._centre.rendered
        found = cache.get(project, wanted)
        if found is not None:
            return self._made(project, wanted, found)
        if not self._begin(asker, project, wanted):
            return None
        if not self._waiting.acquire(blocking=False):
            return None
        try:
            end = time.monotonic() + seconds
            while time.monotonic() < end:
                time.sleep(_LOOK_SECONDS)
                found = cache.get(project, wanted)
                if found is not None:
                    return self._made(project, wanted, found)
        finally:
            self._waiting.release()
        return None

    def _begin(self, asker: Asker, project: str, wanted: RenderRequest) -> bool:
        """Ask for a rendering, unless that was done; whether it is being made."""
        name, now = (project, wanted.key), time.monotonic()
        with self._guard:
            running = self._running.get(name)
            if running is not None and running.until > now:
                return True
            if not self._has_room(asker):
                self._forget_done(now)
                if not self._has_room(asker):
                    return False
            self._running[name] = _Running(asker, project, wanted, now + self._lasts)
        try:
            person = _VISITORS if asker.anonymous else asker.name
            jobs.RENDER.enqueue(self._centre.queue, jobs.Render(project, wanted.encode()), person)
        except BaseException:
            with self._guard:
                self._running.pop(name, None)
            raise
        return True

    def _made(self, project: str, wanted: RenderRequest, found: RenderResult) -> RenderResult:
        """Return a rendering that is there, and know that it is made: once it has left the cache it is asked for anew."""
        if self._running:
            with self._guard:
                self._running.pop((project, wanted.key), None)
        return found

    def _has_room(self, asker: Asker) -> bool:
        running = [each.asker for each in self._running.values()]
        if running.count(asker) >= self._each or len(running) >= _MOST:
            return False
        return not asker.anonymous or sum(each.anonymous for each in running) < _VISITORS_MOST

    def _forget_done(self, now: float) -> None:
        """Forget those that are in the cache, and those of which nothing came."""
        for name, each in list(self._running.items()):
            if each.until <= now or self._centre.rendered.path(each.project, each.wanted).exists():
                del self._running[name]
