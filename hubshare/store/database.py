"""The database: its engine, its sessions and its migrations."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect, make_url, text
from sqlalchemy.exc import ArgumentError, DataError, DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionLeft

# Whoever hands a session on names it by this module, and knows no SQL.
from sqlalchemy.orm import Session as Session
from sqlalchemy.pool import QueuePool

from hubshare import metering
from hubshare.errors import Clash, Invalid, Unavailable

# Their tables belong to those of `Base`.
from hubshare.store import act_tables as act_tables
from hubshare.store import held as held
from hubshare.store import import_tables as import_tables
from hubshare.store import index_tables as index_tables
from hubshare.store import job_tables as job_tables
from hubshare.store import mail_tables as mail_tables
from hubshare.store import mirror_tables as mirror_tables
from hubshare.store import namesakes as namesakes
from hubshare.store import notification_tables as notification_tables
from hubshare.store import ops_tables as ops_tables
from hubshare.store import server_tables as server_tables
from hubshare.store import token_tables as token_tables
from hubshare.store import usage_tables as usage_tables
from hubshare.store import webhook_tables as webhook_tables
from hubshare.store.fair_limit import FairLimit
from hubshare.store.models import Base
from hubshare.store.notification_tables import TOLD

log = logging.getLogger(__name__)

_MIGRATIONS = Path(__file__).parent / "migrations"

#: Longest wait for the turn of a transaction that writes.
_WAIT_MS = 30_000
#: Longest wait for a connection, in seconds.
_POOL_SECONDS = 30.0

#: What an address of PostgreSQL need not say: a host that has vanished is noticed within a minute, not in hours.
_POSTGRES = {
    "application_name": "hubshare",
    "connect_timeout": "5",
    "keepalives_idle": "30",
    "keepalives_interval": "10",
    "keepalives_count": "3",
    "tcp_user_timeout": "30000",
}

#: Connections of a process. Threads that read take turns for all but a few: those are for who writes.
_CONNECTIONS, _SPARE = 15, 3
#: SQLite's are all kept: to open one takes longer than a page needs it.
_SQLITE: dict[str, Any] = {"pool_size": _CONNECTIONS, "max_overflow": 0}
#: READ COMMITTED, whatever the database is set to: see `_take_turn`.
_ENGINE: dict[str, Any] = {"pool_pre_ping": True, "isolation_level": "READ COMMITTED"}


class Database:
    """Opens sessions on one database.

    Args:
        url: a SQLAlchemy address of SQLite or PostgreSQL. SQLite runs in WAL mode, with every commit flushed to disk.

    Raises:
        Invalid: the address is of neither.
        Unavailable: the driver for PostgreSQL is not installed.
    """

    def __init__(self, url: str) -> None:
        address = _address(url)
        sqlite = address.get_backend_name() == "sqlite"
        try:
            self.engine: Engine = create_engine(address, **_options(address))
        except ModuleNotFoundError:
            raise Unavailable(
                "PostgreSQL needs a driver that is not installed: run `pip install 'hubshare[postgres]'`."
            ) from None
        # Of the driver, not of the engine: an engine with events of its own is slower at every statement.
        for sort in ("do_execute", "do_executemany", "do_execute_no_params"):
            event.listen(self.engine, sort, _count)
        #: Hears, once it is committed, who is told of something; see `hubshare.store.notifications`.
        self.on_told: Callable[[Collection[str]], None] = _nobody_hears
        if sqlite:
            event.listen(self.engine, "connect", _configure_sqlite)
            snapshot: dict[str, Any] = {}
        else:
            # All that one `read` sees is of one moment, as it is in SQLite.
            snapshot = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        self._reading = self.engine.execution_options(**snapshot)
        self._places = FairLimit(_CONNECTIONS - _SPARE)

    def migrate(self, to: str = "head") -> None:
        """Bring the tables to the newest form; safe to call from several processes at once.

        Args:
            to: an older form, for tests of what comes after it.

        Raises:
            Clash: the tables are those of a newer HubShare, or of another program.
        """
        with translate_errors(), self.engine.connect() as connection:
            if connection.dialect.name == "sqlite":
                _let_tables_go(connection)
            with connection.begin():
                _take_turn(connection, "")
                if to != "head" or not _are_newest(connection):
                    _upgrade(connection, to)
                if connection.dialect.name == "postgresql":
                    _compare_bytes(connection)

    @contextmanager
    def begin(self, about: str = "", *, flushed: bool = True) -> Iterator[Session]:
        """A session in a transaction: committed at the end, rolled back on an error.

        Transactions that write take turns: what one has read is true until it ends. A repository's lock is taken before
        a transaction begins, never in it.

        Args:
            about: id of the only project (or name of whatever else) that it looks at and changes. On PostgreSQL it then
                runs beside those that are about others.
            flushed: whether it is on disk when it has ended. What is made again where it is missing need not be: it is
                flushed with the next one that is, and until then a loss of power takes it back as a whole.

        Raises:
            Unavailable: the database does not answer, or the turn did not come.
            Invalid: a text or a number is too large for its column, or a text holds what the database cannot keep.
        """
        with ExitStack() as stack:
            stack.enter_context(translate_errors())
            connection = stack.enter_context(self.engine.connect())
            if not flushed:
                stack.enter_context(_unflushed(connection))
            stack.enter_context(connection.begin())
            _take_turn(connection, about)
            if not flushed and connection.dialect.name == "postgresql":
                connection.exec_driver_sql("SET LOCAL synchronous_commit TO off")
            with Session(connection, expire_on_commit=False) as session:
                yield session
                session.flush()
                told: set[str] = session.info.get(TOLD, set())
        if told:
            self.on_told(told)

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session that only reads, all of it as it is at one moment; it waits for nobody.

        Raises:
            Unavailable, Invalid: see `begin`.
        """
        with translate_errors(), self._places.place(_POOL_SECONDS), self._reading.connect() as connection:
            if connection.dialect.name == "sqlite":
                connection.exec_driver_sql("BEGIN")
            yield Session(connection, expire_on_commit=False)

    def check(self) -> None:
        """Ask the database for a sign of life.

        Raises:
            Unavailable: when it gives none.
        """
        with self.read() as session:
            session.execute(text("SELECT 1"))

    def size(self) -> int:
        """How many bytes it takes.

        Raises:
            Unavailable: when it does not answer.
        """
        sqlite = "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"
        of_kind = {"sqlite": sqlite, "postgresql": "SELECT pg_database_size(current_database())"}
        with self.read() as session:
            return int(session.execute(text(of_kind[self.engine.dialect.name])).scalar_one())

    @property
    def in_use(self) -> int:
        """How many connections of this process are at work."""
        pool = self.engine.pool
        return pool.checkedout() if isinstance(pool, QueuePool) else 0

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()


def _address(url: str) -> URL:
    try:
        address = make_url(url)
    except ArgumentError:
        raise Invalid("The address of the database cannot be read: use postgresql://USER:PASSWORD@HOST/NAME.") from None
    if address.drivername in ("postgres", "postgresql"):
        address = address.set(drivername="postgresql+psycopg")
    if address.drivername == "postgresql+psycopg":
        return address.set(query=_POSTGRES | dict(address.query))
    if address.get_backend_name() == "sqlite":
        return address
    raise Invalid(
        f"HubShare does not know databases of the kind {address.drivername}: use postgresql:// or sqlite:///."
    )


def _options(address: URL) -> dict[str, Any]:
    """How an engine is made. A database of SQLite without a file is one connection's."""
    if address.get_backend_name() == "sqlite":
        return {} if address.database in (None, "", ":memory:") else _SQLITE
    return _ENGINE


def _count(*_: Any) -> None:
    metering.count(queries=1)


def _configure_sqlite(connection: Any, _: Any) -> None:
    # BEGIN is sent below, so that a transaction that will write never fails half way as busy.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute(f"PRAGMA busy_timeout={_WAIT_MS}")
    cursor.close()


def _are_newest(connection: Connection) -> bool:
    """Whether the tables have the newest form, as at nearly every start: Alembic would load all migrations to say so."""
    if not inspect(connection).has_table("alembic_version"):
        return False
    newest = max(path.name for path in (_MIGRATIONS / "versions").glob("[0-9]*.py")).partition("_")[0]
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalars().all() == [newest]


def _upgrade(connection: Connection, to: str) -> None:
    """Run the migrations that are missing; see `Database.migrate`."""
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, to)
    except CommandError as error:
        raise Clash(
            f"The tables of this database are of a newer HubShare or of another program ({error}): "
            "install that version, or give HubShare a database of its own."
        ) from None


def _let_tables_go(connection: Connection) -> None:
    """Make a connection fit for migrations. SQLite changes a table by dropping it for a new one, and with it would go all
    rows that refer to it; that can only be said outside of a transaction. The connection is not used again afterwards."""
    connection.detach()
    cursor = connection.connection.cursor()
    cursor.execute("PRAGMA foreign_keys=OFF")
    cursor.close()


# Code that was right under SQLite's one write lock stays right: a transaction about one thing holds a lock of its own and
# shares the lock of all; one about everything has that for itself. Both end with the transaction. The statements after
# them see what the others have committed, as READ COMMITTED looks anew for each; a stricter level would have taken its
# picture before the wait.
_ALL = 0x48756253
# A process that stops half way, and a host that vanishes, must not hold up the others for ever.
_TURN = f"""
    SELECT set_config('lock_timeout', '{_WAIT_MS}', true),
        set_config('idle_in_transaction_session_timeout', '{2 * _WAIT_MS}', true),"""
_OF_ALL = text(_TURN + " pg_advisory_xact_lock(:all)")
_OF_ONE = text(_TURN + " pg_advisory_xact_lock_shared(:all), pg_advisory_xact_lock(:one)")


def _take_turn(connection: Connection, about: str) -> None:
    """Wait for the turn of a transaction that writes; see `Database.begin`."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    elif about:
        key = int.from_bytes(hashlib.sha256(about.encode()).digest()[:8], signed=True)
        connection.execute(_OF_ONE, {"all": _ALL, "one": key})
    else:
        connection.execute(_OF_ALL, {"all": _ALL})


@contextmanager
def _unflushed(connection: Connection) -> Iterator[None]:
    """Have what is committed within not wait for the disk; of databases that say so of connections, not of transactions."""
    if connection.dialect.name != "sqlite":
        yield
        return
    cursor = connection.connection.cursor()
    try:
        # Within, as whoever ends the job may do so at any moment: others get the connection after that.
        cursor.execute("PRAGMA synchronous=NORMAL")
        yield
    finally:
        try:
            cursor.execute("PRAGMA synchronous=FULL")
        except BaseException:
            # Nobody else is given it as it is.
            connection.invalidate()
            raise
        finally:
            cursor.close()


def _nobody_hears(users: Collection[str]) -> None:
    """Nobody shows what people are told."""


def _compare_bytes(connection: Connection) -> None:
    """Let all texts be compared byte by byte, whatever language the database is for: as SQLite and Python do it."""
    columns = connection.execute(
        text(
            "SELECT table_name, column_name, data_type, character_maximum_length FROM information_schema.columns"
            " WHERE table_schema = current_schema() AND table_name = ANY(:tables)"
            " AND data_type IN ('text', 'character varying') AND collation_name IS DISTINCT FROM 'C'"
        ),
        {"tables": list(Base.metadata.tables)},
    )
    quote = connection.dialect.identifier_preparer.quote
    for table, column, kind, length in columns.all():
        form = f"{kind}({length})" if length else kind
        connection.exec_driver_sql(f'ALTER TABLE {quote(table)} ALTER COLUMN {quote(column)} TYPE {form} COLLATE "C"')


@contextmanager
def translate_errors() -> Iterator[None]:
    """Turn what the database says into an error that tells people what to do."""
    try:
        yield
    except (DataError, OverflowError, UnicodeEncodeError) as error:
        raise _unkept() from error
    except DBAPIError as error:
        state = getattr(error.orig, "sqlstate", None) or ""
        if state.startswith("54"):  # program_limit_exceeded: a text is too long for an index
            raise _unkept() from error
        if isinstance(error, OperationalError) or error.connection_invalidated:
            log.warning("the database fails: %s", error.orig)
            raise Unavailable("HubShare's database does not answer: try again in a moment.") from error
        raise
    except NoConnectionLeft as error:
        raise Unavailable("HubShare's database is busy: try again in a moment.") from error


def _unkept() -> Invalid:
    return Invalid(
        "Something in this is larger than HubShare can keep, or holds a character that it cannot: shorten it, and leave out "
        "control characters."
    )
