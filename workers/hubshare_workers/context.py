"""What a worker process carries out jobs with."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from hubshare.centre import Centre
from hubshare.jobs.ends import JobEnd, LeftJob
from hubshare_workers.render.renderer import Renderer


@dataclass(frozen=True)
class Context:
    """What the function of every job is called with.

    Attributes:
        centre: settings, database, repositories, bus.
        renderer: shows files, in a process of its own.
        ending: set when the process is to end: what can be left to another one is.
    """

    centre: Centre
    renderer: Renderer
    ending: threading.Event = field(default_factory=threading.Event)


#: Finds out how a job has ended of whose end no note came; None where that is not known. See `hubshare.jobs.Job.ended`.
FindEnd = Callable[[Centre, LeftJob], JobEnd | None]
