"""Keeps the upload of a file and the removal of the same content apart, across processes and machines.

An upload holds the hash (others may, too) while it puts the file in its place and records it. A removal holds it alone
while it looks for versions that refer to the file and removes it. So a recorded file is never removed, and none is
put in its place between the look and the removal.
"""

from infra.postgres.server import Connection

LOCKS = 7_203_316


def hold(connection: Connection, sha256: str) -> None:
    """Keep the file from being removed until the transaction ends."""
    connection.execute("SELECT pg_advisory_xact_lock_shared(%s, hashtext(%s))", [LOCKS, sha256])


def is_unused(connection: Connection, sha256: str) -> bool:
    """Does no version refer to the file? If so, none will until the transaction ends."""
    connection.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [LOCKS, sha256])
    return connection.execute("SELECT 1 FROM versions WHERE sha256 = %s LIMIT 1", [sha256]).fetchone() is None
