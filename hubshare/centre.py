"""The centre as one process of it sees it: settings, database, repositories, uploads and bus."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from functools import cached_property

from dramatiq import Broker

from hubshare.bus.bus import Bus
from hubshare.config import CentreSettings
from hubshare.git.repositories import Repositories
from hubshare.jobs.broker import make_broker
from hubshare.private_folder import make_private
from hubshare.project_settings import for_agents
from hubshare.rendering.cache import RenderCache
from hubshare.sealed import Sealer
from hubshare.store.access.decisions import everybody, role_of, subscribers
from hubshare.store.database import Database
from hubshare.store.models import Project, Version
from hubshare.store.projects import latest
from hubshare.uploads import Uploads
from hubshare.vocabulary import Role
from hubshare.wire.agent import Access, Update


@dataclass(frozen=True)
class Centre:
    """What every request and every job works with."""

    settings: CentreSettings
    database: Database
    repositories: Repositories
    uploads: Uploads
    bus: Bus

    @classmethod
    def open(cls, settings: CentreSettings, tell: Callable[[str], None] = lambda stage: None) -> Centre:
        """Connect to everything that the settings name, and bring the tables to their newest form.

        Args:
            tell: is told what is waited for.

        Raises:
            Unavailable: the database does not answer, or others may look into the data folder.
            Clash: its tables are those of a newer HubShare, or of another program.
        """
        make_private(settings.data)
        database = Database(settings.database)
        try:
            tell("It waits for the database")
            database.check()
            tell("The tables of the database are brought to their newest form")
            database.migrate()
        except BaseException:
            database.close()
            raise
        bus = Bus(settings.redis_url.get_secret_value(), settings.inbox_entries)
        database.on_told = bus.tell_of_inboxes
        return cls(
            settings,
            database,
            Repositories(settings.repositories, settings.packs, settings.packs_bytes),
            Uploads(settings.uploads, settings.max_push_bytes),
            bus,
        )

    @cached_property
    def queue(self) -> Broker:
        """The queue, to put jobs on; workers have one of their own, to take them off."""
        return make_broker(self.settings.redis_url.get_secret_value())

    @cached_property
    def sealer(self) -> Sealer:
        """Seals the secrets that the tables hold for others."""
        return Sealer(self.settings.data)

    @cached_property
    def rendered(self) -> RenderCache:
        """The cache of renderings."""
        return RenderCache(self.settings.rendered, self.settings.rendered_bytes, self.settings.rendered_project_bytes)

    def standing(self, project: Project, user: str) -> Update | Access:
        """What a user's agents are to be told of a project now: where it stands, or that access has ended."""
        with self.database.read() as session:
            project = session.get(Project, project.id) or project
            return self.tell_of(project, role_of(session, project, user), latest(session, project.id))

    @staticmethod
    def tell_of(
        project: Project, role: Role | None, newest: Version | None, confirmed: bool = False
    ) -> Update | Access:
        """What agents are told of a project by whoever knows their user's role and the newest version.

        Args:
            confirmed: whether deletions that they have still to bring were confirmed.
        """
        if project.deleted is not None:
            message = f"{project.full_name} was deleted. Your files stay; its owner can restore it for a while."
            return Access(project=project.id, message=message)
        if role is None or newest is None:
            message = f"You no longer have access to {project.full_name}. Your files stay; ask its owner for access."
            return Access(project=project.id, message=message)
        return Update(
            project=project.id,
            name=project.full_name,
            commit=newest.commit,
            number=newest.number,
            role=role.name,
            confirmed=confirmed,
            **for_agents(project),
        )

    def project_changed(self, project: str, name: str = "") -> None:
        """Tell event streams that something of a project has changed that is neither a version nor who may do what.

        Args:
            project: id.
            name: its full name; looked up where it is not given.
        """
        if not name:
            with self.database.read() as session:
                found = session.get(Project, project)
                name = found.full_name if found is not None else ""
        if name:
            self.bus.announce(project, {"type": "project", "project": name})

    def access_changed(self, projects: Iterable[str], users: Collection[str] | None = None) -> None:
        """Tell everybody concerned that what they may do or share, or the address, has changed: agents and event streams.

        Args:
            projects: ids.
            users: only these users; None for all who have a checkout.
        """
        concerned = set(users or ())
        for name in projects:
            with self.database.read() as session:
                project = session.get(Project, name)
                if project is None:
                    continue
                newest = latest(session, name)
                by_role: dict[Role | None, list[str]] = defaultdict(list)
                for user, role in subscribers(session, project, users).items():
                    by_role[role].append(user)
                if users is None:
                    concerned |= everybody(session, project).keys()
            for role, told in by_role.items():
                self.bus.tell(told, self.tell_of(project, role, newest).encode())
            event = {"type": "access", "project": project.full_name} | ({"deleted": True} if project.deleted else {})
            for user in users if users is not None else [""]:
                self.bus.announce(name, event, user)
        self.bus.tell_lists(sorted(concerned))
