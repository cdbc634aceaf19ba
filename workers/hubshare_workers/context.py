"""What a worker process carries out jobs with."""

from __future__ import annotations

from dataclasses import dataclass

from hubshare.centre import Centre
from hubshare_workers.render.renderer import Renderer


@dataclass(frozen=True)
class Context:
    """What the function of every job is called with.

    Attributes:
        centre: settings, database, repositories, bus.
        renderer: shows files, in a process of its own.
    """

    centre: Centre
    renderer: Renderer
