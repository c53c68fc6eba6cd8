"""A server that Footnote did not start: can it be reached with this connection string, and does it fit?"""

import re
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict

from infra.postgres.errors import NO_VECTORS, Away
from ingest.errors import Permanent

CONNECT_S = 8
LEAST_POSTGRES = 14
LEAST_PGVECTOR = (0, 8)
UNREADABLE = (
    "FOOTNOTE_DATABASE_URL is not a connection string. It looks like postgresql://user:password@host:5432/name,"
    " with %40 for @ and %2F for / in the password."
)
REFUSED = re.compile(
    r"authentication failed|does not exist|no password supplied|not permitted to log in|pg_hba\.conf|"
    r"permission denied|does not support SSL|certificate"
)
_REASON = re.compile(r".*(?:FATAL:|failed:|error:)\s*(?=\S)")


def check_connection(url: str) -> None:
    """Connect once, to tell what is wrong before anything is begun.

    Raises:
        Permanent: The connection string cannot be read, or the server refuses it. Away: No server answers.
    """
    try:
        given = conninfo_to_dict(url)
    except psycopg.ProgrammingError:
        raise Permanent(UNREADABLE) from None  # the driver's words may quote the password
    try:
        psycopg.connect(url, connect_timeout=given.get("connect_timeout") or CONNECT_S).close()
    except psycopg.OperationalError as error:
        reason = _REASON.sub("", str(error).strip().partition("\n")[0])
        if REFUSED.search(reason):
            raise Permanent(f"The database refuses the connection: {reason}. Check FOOTNOTE_DATABASE_URL.") from error
        raise Away(f"The database of FOOTNOTE_DATABASE_URL cannot be reached: {reason}. Is it running?") from error


def check_server(connection: psycopg.Connection[tuple[Any, ...]]) -> None:
    """See that server and database are such as Footnote needs.

    Raises:
        Permanent: Postgres or pgvector is missing or too old, or the database is not in UTF-8.
    """
    if connection.info.server_version < LEAST_POSTGRES * 10_000:
        raise Permanent(f"Postgres {LEAST_POSTGRES} or later is needed.")
    encoding = connection.info.parameter_status("server_encoding")
    if encoding != "UTF8":
        raise Permanent(f"The database has the encoding {encoding}. Make one with the encoding UTF8 for Footnote.")
    found = connection.execute(
        "SELECT coalesce(installed_version, default_version) FROM pg_available_extensions WHERE name = 'vector'"
    ).fetchone()
    version = tuple(int(part) for part in re.findall(r"\d+", found[0] if found else ""))
    if version < LEAST_PGVECTOR:
        raise Permanent(NO_VECTORS)
