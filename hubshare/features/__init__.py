"""What is built on events: one folder each, and the one list that makes them part of HubShare.

`FEATURES` is that list. It names the parts of each feature. A process loads those that are its own: the service `api` and
`pages`, the workers `jobs` and what these name. So what a process does not run is not imported there and need not be
installed.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module


@dataclass(frozen=True)
class Feature:
    """One feature, by the places of its parts: `MODULE:NAME`, or nothing where it has no such part.

    Args:
        name: of its folder here.
        api: a router of FastAPI with its routes, below `/api/v1`.
        pages: a router of FastAPI with its pages.
        jobs: its jobs, a tuple of `hubshare.jobs.Job`; each names the function of the workers that runs it.
        look: a function that each worker process calls every 15 seconds with the centre: it puts on the queue what is due.
        heard: a function that the process which reads outboxes calls with the centre and the id of a project to which something
            has happened, or "" when people were told something: it puts on the queue what follows.
    """

    name: str
    api: str = ""
    pages: str = ""
    jobs: str = ""
    look: str = ""
    heard: str = ""


#: All features. The order is that in which their routes are matched.
FEATURES: tuple[Feature, ...] = (
    Feature(
        "imports",
        api="hubshare.features.imports.api:router",
        pages="hubshare.features.imports.pages:router",
        jobs="hubshare.features.imports.jobs:JOBS",
        look="hubshare.features.imports.worker:look",
    ),
    Feature(
        "mail",
        api="hubshare.features.mail.api:router",
        pages="hubshare.features.mail.pages:router",
        jobs="hubshare.features.mail.jobs:JOBS",
        look="hubshare.features.mail.worker:look",
    ),
    Feature(
        "mirrors",
        api="hubshare.features.mirrors.api:router",
        pages="hubshare.features.mirrors.pages:router",
        jobs="hubshare.features.mirrors.jobs:JOBS",
        look="hubshare.features.mirrors.worker:look",
    ),
    Feature(
        "monitoring",
        api="hubshare.features.monitoring.api:router",
        pages="hubshare.features.monitoring.pages:router",
        look="hubshare.features.monitoring.worker:look",
    ),
    Feature(
        "webhooks",
        api="hubshare.features.webhooks.api:router",
        pages="hubshare.features.webhooks.pages:router",
        jobs="hubshare.features.webhooks.jobs:JOBS",
        look="hubshare.features.webhooks.worker:look",
        heard="hubshare.features.webhooks.worker:heard",
    ),
)


def load(part: str) -> object:
    """Return what a part of a feature names.

    Args:
        part: `MODULE:NAME`.

    Raises:
        ImportError: there is no such module, or it has no such name.
    """
    module, _, name = part.partition(":")
    found: object = getattr(import_module(module), name, None)
    if found is None:
        raise ImportError(f"The feature's part {part!r} is not there: {module} has no {name!r}.", name=module)
    return found
