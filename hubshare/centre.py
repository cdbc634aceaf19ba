"""The centre as one process of it sees it: settings, database, repositories, uploads and bus."""

from __future__ import annotations

from dataclasses import dataclass

from hubshare.bus import Bus
from hubshare.config import Centre as Settings
from hubshare.events import Access, Update
from hubshare.git.repositories import Repositories
from hubshare.store.access import role_of
from hubshare.store.database import Database
from hubshare.store.models import Project
from hubshare.store.projects import latest
from hubshare.uploads import Uploads


@dataclass(frozen=True)
class Centre:
    """What every request and every job works with."""

    settings: Settings
    database: Database
    repositories: Repositories
    uploads: Uploads
    bus: Bus

    @classmethod
    def open(cls, settings: Settings) -> Centre:
        """Connect to everything that the settings name, and bring the tables to their newest form."""
        settings.data.mkdir(parents=True, exist_ok=True)
        database = Database(settings.database)
        database.migrate()
        return cls(
            settings,
            database,
            Repositories(settings.repositories, settings.packs),
            Uploads(settings.uploads, settings.max_push_bytes),
            Bus(settings.redis_url.get_secret_value(), settings.inbox_entries),
        )

    def standing(self, project: Project, user: str) -> Update | Access:
        """What a user's agents are to be told of a project now: where it stands, or that access has ended."""
        with self.database.read() as session:
            role = role_of(session, project, user)
            newest = latest(session, project.id)
        if role is None or newest is None:
            return Access(
                project=project.id,
                message=f"You have no access to {project.full_name} any more. Your files stay; ask its owner for access.",
            )
        return Update(
            project=project.id, name=project.full_name, commit=newest.commit, number=newest.number, role=role.name
        )
