"""Opens the database: an embedded Postgres in the home folder, or a server by URL."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psycopg
from pgvector.psycopg import register_vector
from psycopg_pool import ConnectionPool, PoolTimeout

from infra.postgres.embedded import EmbeddedServer
from infra.postgres.errors import Away, translated
from infra.postgres.remote import check_connection
from ingest.errors import DiskFull

Connection = psycopg.Connection[tuple[Any, ...]]

LOCAL_S = 1.0
REMOTE_S = 8.0
RESTART_S = 20.0
# What is planned once for all parameters is planned badly for filters; compiling costs more than these queries.
SESSION = "SET plan_cache_mode = force_custom_plan; SET jit = off"


class Database:
    """A pool of connections that outlives a restart of the server.

    Args:
        url: Connection string.
        server: The embedded server; `None` for a server by URL.
        size: Most connections.
    """

    def __init__(self, url: str, server: EmbeddedServer | None = None, size: int = 8) -> None:
        self.url = url
        self._server = server
        self._pool: ConnectionPool[Connection] = ConnectionPool(
            url,
            min_size=0,
            max_size=size,
            timeout=REMOTE_S,
            reconnect_timeout=5.0,
            check=ConnectionPool.check_connection,
            configure=_configure,
            connection_class=_reviving(server) if server else psycopg.Connection,
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
        try:
            with translated():
                connection = self._take()
                try:
                    with connection.transaction():
                        yield connection
                finally:
                    self._pool.putconn(connection)
        except Away as error:
            if self._server and self._server.is_full():
                raise DiskFull from error
            raise

    def revive(self) -> None:
        """Start the embedded server again when it has died; nothing for a server by URL."""
        if self._server and not self._server.answers():
            self._server.revive()

    def close(self) -> None:
        """Close all connections and let go of the embedded server."""
        self._pool.close()
        if self._server:
            self._server.close()

    def _take(self) -> Connection:
        """A living connection; an embedded server that has died is started again first."""
        if self._server is None:
            return self._pool.getconn()
        try:
            return self._pool.getconn(timeout=LOCAL_S)
        except PoolTimeout:
            self.revive()
            return self._pool.getconn(timeout=RESTART_S)


def open_database(home: Path, url: str | None, size: int = 8) -> Database:
    """Open the database of a home.

    Args:
        home: The state folder.
        url: A server's connection string; `None` for the embedded one.
        size: Most connections of this process.

    Raises:
        Transient: It cannot be started or reached. DiskFull: There is no space for it.
        Permanent: The connection string is wrong, or the server refuses it.
    """
    if url:
        check_connection(url)
        return Database(url, size=size)
    server = EmbeddedServer(home / "postgres")
    return Database(server.url, server, size)


def _reviving(server: EmbeddedServer) -> type[Connection]:
    """Connections that start their server where it has died, so that the pool need not wait and try again."""

    class Reviving(psycopg.Connection[tuple[Any, ...]]):
        @classmethod
        def connect(cls, conninfo: str = "", **kwargs: Any) -> Self:
            try:
                return super().connect(conninfo, **kwargs)
            except psycopg.OperationalError:
                if server.answers():
                    raise
                server.revive()
                return super().connect(conninfo, **kwargs)

    return Reviving


def _configure(connection: Connection) -> None:
    """Set up a session and teach it pgvector's types, once the extension is there."""
    connection.execute(SESSION)
    if connection.execute("SELECT 1 FROM pg_type WHERE typname = 'halfvec'").fetchone():
        register_vector(connection)
    connection.commit()
