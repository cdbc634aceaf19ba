"""What every job works with: the settings, the database, the repositories and the bus."""

from __future__ import annotations

from dataclasses import dataclass

from hubshare.bus import Bus
from hubshare.config import Centre as Settings
from hubshare.git.repositories import Repositories
from hubshare.store.database import Database
from hubshare.uploads import Uploads


@dataclass(frozen=True)
class Centre:
    """The centre as one worker process sees it."""

    settings: Settings
    database: Database
    repositories: Repositories
    uploads: Uploads
    bus: Bus

    @classmethod
    def open(cls, settings: Settings) -> Centre:
        """Connect to everything that the settings name."""
        return cls(
            settings,
            Database(settings.database),
            Repositories(settings.repositories, settings.packs),
            Uploads(settings.uploads, settings.max_push_bytes),
            Bus(settings.redis_url.get_secret_value(), settings.inbox_entries),
        )
