"""Whether all parts of the centre are well."""

from __future__ import annotations

from hubshare import jobs
from hubshare.centre import Centre
from hubshare.wire.api.hub import Health


def check_health(centre: Centre) -> Health:
    """Return `ok` for each of database, Redis and workers, or what is wrong with it. Everybody may ask."""
    found = {"database": "ok", "redis": "ok", "workers": "ok"}
    try:
        centre.database.check()
    except Exception:
        found["database"] = "does not answer"
    try:
        if not jobs.alive(centre.bus.redis):
            found["workers"] = "none is running"
    except Exception:
        found["redis"], found["workers"] = "does not answer", "unknown"
    well = all(value == "ok" for value in found.values())
    return Health(status="ok" if well else "not well", **found)
