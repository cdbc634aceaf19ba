"""The database, over SQLite and over PostgreSQL: whoever writes takes turns, and what it cannot do it says in plain words."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random
from string import ascii_letters

import pytest
from sqlalchemy import MetaData, Table, func, inspect, select, table, text
from sqlalchemy.orm import Session

from hubshare.errors import Clash, Invalid, Unavailable
from hubshare.names import PATH_BYTES, path_fault
from hubshare.store import database as store
from hubshare.store.database import Database
from hubshare.store.models import (
    AgentSession,
    Base,
    Checkout,
    Conflict,
    Grant,
    Project,
    PublicationRecord,
    Version,
    now,
)
from hubshare.store.versions import NewVersion, begin_history
from hubshare.testing.centre import wait_until
from hubshare.testing.postgres import PostgresServer

AT = now()


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    made = Database(database_url)
    made.migrate()
    yield made
    made.close()


@pytest.fixture
def on_postgres(postgres: PostgresServer, postgres_database: str) -> Iterator[Database]:
    """For what SQLite does not do: let transactions run side by side, and refuse texts."""
    postgres.empty(postgres_database)
    made = Database(postgres_database)
    made.migrate()
    yield made
    made.close()


@pytest.fixture(params=["sqlite", "postgres"])
def unmade(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database without tables."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'hubshare.sqlite'}"
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    url = server.create()
    yield url
    server.drop(url)


def project(session: Session, name: str = "course", owner: str = "alice") -> Project:
    made = Project(id=f"{name:0>32}", owner=owner, name=name)
    session.add(made)
    session.flush()
    return made


# the tables


def test_several_processes_may_make_the_tables_at_once(unmade: str) -> None:
    migrate = "import sys; from hubshare.store.database import Database; Database(sys.argv[1]).migrate()"
    started = [
        subprocess.Popen([sys.executable, "-c", migrate, unmade], stderr=subprocess.PIPE, text=True) for _ in range(4)
    ]
    assert [(process.communicate(timeout=60)[1], process.returncode) for process in started] == [("", 0)] * 4
    database = Database(unmade)
    assert set(inspect(database.engine).get_table_names()) == {"alembic_version", *Base.metadata.tables}
    database.close()


def test_rows_are_kept_when_the_tables_become_newer(unmade: str) -> None:
    rows = {
        "projects": {"id": "p", "owner": "alice", "name": "course", "visibility": "hub", "created": AT},
        "grants": {"project_id": "p", "user": "bob", "role": "writer", "created": AT},
        "checkouts": {
            "id": "c",
            "project_id": "p",
            "user": "bob",
            "server": "",
            "folder": "f",
            "created": AT,
            "seen": AT,
        },
        "versions": {
            "project_id": "p",
            "number": 0,
            "commit": "0",
            "snapshot": "0",
            "author": "a",
            "summary": "",
            "created": AT,
        },
        "conflicts": {
            "id": "f",
            "project_id": "p",
            "checkout_id": "c",
            "path": "a",
            "kind": "k",
            "snapshot": "0",
            "opened": AT,
        },
        "pushes": {"event": "e", "checkout_id": "c", "outcome": {"number": 1}, "created": AT},
        "agent_sessions": {"id": "s", "user": "bob", "server": "", "expires": AT},
    }
    database = Database(unmade)
    database.migrate("0001")
    with database.begin() as session:
        for name, row in rows.items():
            made = Table(name, MetaData(), autoload_with=session.connection())
            session.execute(made.insert().values(row))
    database.migrate()
    with database.read() as session:
        kept = {"publications" if name == "pushes" else name for name in rows}
        counts = {name: session.scalar(select(func.count()).select_from(table(name))) for name in kept}
        assert counts == dict.fromkeys(kept, 1)
        if database.engine.dialect.name == "sqlite":
            assert session.execute(text("PRAGMA foreign_key_check")).all() == []
        grant = session.scalars(select(Grant)).one()
        assert (grant.kind, grant.subject, grant.role, grant.created) == ("user", "bob", "writer", AT)
        found = session.scalars(select(Project)).one()
        assert (found.head, found.version) == (rows["versions"]["commit"], rows["versions"]["number"])
        answered = session.scalars(select(PublicationRecord)).one()
        assert (answered.id, answered.project_id, answered.checkout_id) == ("e", found.id, "c")
        assert (answered.answer, answered.created) == ({"number": 1}, AT)
    database.close()


def test_the_tables_are_those_of_the_models(database: Database) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_a_start_over_the_newest_tables_loads_no_migrations(database: Database) -> None:
    start = "import sys; from hubshare.store.database import Database; Database(sys.argv[1]).migrate()"
    url = database.engine.url.render_as_string(hide_password=False)
    told = [sys.executable, "-c", f"{start}; print('alembic' in sys.modules)", url]
    assert subprocess.check_output(told, text=True) == "False\n"


def test_a_migration_is_named_by_its_revision_and_the_last_name_is_the_newest() -> None:
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(Path(store.__file__).parent / "migrations"))
    script = ScriptDirectory.from_config(config)
    found = {one.revision: Path(one.path).name.partition("_")[0] for one in script.walk_revisions()}
    assert all(revision == name for revision, name in found.items())
    assert script.get_heads() == [max(found)]


def test_the_tables_of_a_newer_hubshare_are_left_alone(unmade: str) -> None:
    database = Database(unmade)
    database.migrate()
    with database.begin() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(Clash, match="newer HubShare"):
        database.migrate()
    database.close()


def test_names_are_compared_byte_by_byte_in_any_language(database: Database) -> None:
    if database.engine.dialect.name == "postgresql":
        found = "SELECT DISTINCT collation_name FROM information_schema.columns WHERE table_schema = 'public'"
        found += " AND data_type IN ('text', 'character varying') AND table_name <> 'alembic_version'"
        with database.read() as session:
            assert session.scalars(text(found)).all() == ["C"]
    names = ["a-b", "a.b", "a_b", "ab", "B", "b", "é", "Z"]
    with database.begin() as session:
        for number, name in enumerate(names):
            project(session, str(number), name)
    with database.read() as session:
        assert session.scalars(select(Project.owner).order_by(Project.owner)).all() == sorted(names)


# turns


def test_transactions_that_write_take_turns(database: Database) -> None:
    """Each makes a project unless there is one; unserialised, several would."""
    together = threading.Barrier(4)

    def make(number: int) -> None:
        together.wait(10)
        with database.begin() as session:
            if session.scalar(select(func.count()).select_from(Project)) == 0:
                project(session, str(number))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(make, range(4)))
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(Project)) == 1


def test_an_error_takes_back_what_was_written_and_lets_the_next_one_in(database: Database) -> None:
    with pytest.raises(ZeroDivisionError), database.begin() as session:
        project(session)
        raise ZeroDivisionError
    with database.begin() as session:
        assert session.scalar(select(Project.id)) is None


def waits_for_the_disk(session: Session) -> bool:
    """Whether the transaction that a session is in does when it is committed, as the database sees it."""
    if session.get_bind().dialect.name == "sqlite":
        return bool(session.scalar(text("PRAGMA synchronous")) == 2)
    # The server of the tests waits for none: what the transaction itself has said is seen by where it comes from.
    found = session.scalar(text("SELECT setting || source FROM pg_settings WHERE name = 'synchronous_commit'"))
    return bool(found != "offsession")


def test_only_a_transaction_that_says_so_does_not_wait_for_the_disk_whatever_comes_of_it(database: Database) -> None:
    with database.begin("course", flushed=False) as session:
        assert not waits_for_the_disk(session)
        project(session)
    with database.begin("course") as session:
        assert waits_for_the_disk(session)
        assert session.scalar(select(Project.name)) == "course"
    with pytest.raises(ZeroDivisionError), database.begin("course", flushed=False):
        raise ZeroDivisionError
    with database.begin("course") as session:
        assert waits_for_the_disk(session)


def test_a_transaction_about_one_thing_waits_only_for_those_about_the_same(on_postgres: Database) -> None:
    database = on_postgres
    ended: list[str] = []

    def add(about: str, name: str) -> None:
        with database.begin(about) as session:
            project(session, name)
        ended.append(name)

    with database.begin("one") as session:
        project(session, "first")
        add("other", "beside")
        waiting = [threading.Thread(target=add, args=args) for args in (("one", "same"), ("", "all"))]
        for thread in waiting:
            thread.start()
        wait_until(lambda: waiters(database) == 2, "both wait")
        assert ended == ["beside"]
    for thread in waiting:
        thread.join(10)
    assert sorted(ended) == ["all", "beside", "same"]


def waiters(database: Database) -> int:
    with database.read() as session:
        found = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
        return session.scalar(text(found)) or 0


def test_a_turn_that_does_not_come_is_tried_again_later(on_postgres: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    from hubshare.store import database as module

    quick = text(module._OF_ALL.text.replace("'30000'", "'50'", 1))
    with on_postgres.begin() as session:
        project(session)
        monkeypatch.setattr(module, "_OF_ALL", quick)
        with pytest.raises(Unavailable, match="try again"), on_postgres.begin() as other:
            project(other, "other")


def test_what_is_read_is_of_one_moment(database: Database) -> None:
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(Project)) == 0
        with database.begin() as writing:
            project(writing)
        assert session.scalar(select(func.count()).select_from(Project)) == 0
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(Project)) == 1


# what is kept


def test_times_and_answers_come_back_as_they_were(database: Database) -> None:
    at, outcome = now(), {"conflicts": [{"path": "ü\n"}], "number": 1, "commit": None}
    with database.begin() as session:
        about = project(session).id
        session.add(Checkout(id="c" * 32, project_id=about, user="alice", folder="ü", created=at))
        session.flush()
        session.add(PublicationRecord(id="e" * 32, project_id=about, user="alice", answer=outcome, created=at))
    with database.read() as session:
        assert session.get_one(PublicationRecord, "e" * 32).answer == outcome
        assert session.get_one(PublicationRecord, "e" * 32).created == session.get_one(Checkout, "c" * 32).created == at


@pytest.mark.parametrize("name", ["x" * 256, "nul\0", "\ud800"], ids=["long", "nul", "surrogate"])
def test_a_text_that_cannot_be_kept_is_called_invalid(on_postgres: Database, name: str) -> None:
    with pytest.raises(Invalid, match="shorten it"), on_postgres.begin() as session:
        session.add(AgentSession(id="s" * 32, user=name, server="", expires=now()))
    if len(name) < 256:
        with pytest.raises(Invalid), on_postgres.read() as session:
            session.scalar(select(Project).where(Project.owner == name))


def test_a_number_that_no_column_holds_is_called_invalid(database: Database) -> None:
    with pytest.raises(Invalid), database.read() as session:
        session.scalar(select(Project).where(Project.revision < 10**30))


def test_a_conflict_is_kept_however_long_its_path_is(database: Database) -> None:
    letters = Random(1).choices(ascii_letters, k=PATH_BYTES)
    path = "/".join("".join(letters[at : at + 200]) for at in range(0, PATH_BYTES, 201))
    assert not path_fault(path)
    with database.begin() as session:
        project_id = project(session).id
        session.add(Checkout(id="c" * 32, project_id=project_id, user="alice", folder=""))
        session.flush()
        session.add(
            Conflict(id="f" * 32, project_id=project_id, checkout_id="c" * 32, path=path, kind="", snapshot="0" * 40)
        )
    with database.read() as session:
        assert session.get_one(Conflict, "f" * 32).path == path


@pytest.mark.parametrize("author", ["a" * 300, "nul\0", ""], ids=["long", "nul", "none"])
def test_a_version_is_kept_whoever_its_author_claims_to_be(database: Database, author: str) -> None:
    first = NewVersion("1" * 40, "1" * 40, author, "Restored", 0)
    with database.begin() as session:
        assert begin_history(session, project(session), first).number == 0
    with database.read() as session:
        assert session.scalars(select(Version.author)).one()[:3] == author[:3]


# when it is away


@pytest.mark.usefixtures("postgres")
def test_a_database_that_is_away_is_waited_for() -> None:
    with PostgresServer() as server:
        database = Database(server.create())
        database.migrate()
        with pytest.raises(Unavailable, match="does not answer"), database.begin() as session:
            project(session)
            server.kill()
            project(session, "second")
        for attempt in (database.begin, database.read):
            with pytest.raises(Unavailable, match="does not answer"), attempt() as session:
                session.scalar(select(Project))
        with pytest.raises(Unavailable):
            database.migrate()
        server.start()
        with database.begin() as session:
            assert session.scalar(select(Project.id)) is None
            project(session)
        database.close()


# addresses


@pytest.mark.parametrize("address", ["postgres://u:p@h/d", "postgresql://u:p@h/d", "postgresql+psycopg://u:p@h/d"])
def test_addresses_as_people_write_them(address: str) -> None:
    url = Database(address).engine.url
    assert (url.drivername, url.host, url.database) == ("postgresql+psycopg", "h", "d")
    assert url.query["connect_timeout"] == "5"


def test_what_an_address_says_goes_before_what_it_need_not() -> None:
    url = Database("postgresql://h/d?connect_timeout=60&sslmode=require").engine.url
    assert (url.query["connect_timeout"], url.query["sslmode"]) == ("60", "require")


@pytest.mark.parametrize("address", ["mysql://u:secret@h/d", "secret", "postgresql+nothing://u:secret@h/d", ""])
def test_an_address_of_something_else_is_refused_and_not_shown(address: str) -> None:
    with pytest.raises(Invalid) as caught:
        Database(address)
    assert "secret" not in caught.value.message
