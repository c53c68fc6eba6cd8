"""Finds jobs that nobody works on any more."""

import logging
from collections.abc import Set

from infra.postgres.server import Connection, Database
from infra.postgres.statements import query

logger = logging.getLogger(__name__)

MOST_CRASHES = 3
CRASHES = "The file makes the parser crash. Open it in its own program, save it anew, and upload that."


def sweep(database: Database, stalled: float, own_workers: Set[int], running: Set[int], idle: Set[int]) -> set[int]:
    """Put jobs of dead workers back into the queue, or give up on those that killed several workers.

    A job that this process holds but does not run, now and at the last sweep, was lost together with the connection
    to the database; it goes back too, and does not count as a crash.

    Args:
        database: Where the queue is.
        stalled: Seconds without a sign of life after which a worker counts as dead.
        own_workers: Ids of this process's workers.
        running: Ids of jobs that run in this process.
        idle: What the last sweep returned.

    Returns:
        Ids of jobs held by this process that do not run.
    """
    with database.transaction() as connection:
        held = connection.execute(query("held_jobs"), {"workers": list(own_workers)}).fetchall()
        now_idle = {int(job) for (job,) in held} - running
        for job in now_idle & idle:
            connection.execute(query("retry_job"), {"job": job})
        for job, version, crashes in connection.execute(
            query("lost_jobs"), {"seconds": stalled, "own": list(own_workers)}
        ).fetchall():
            _take_back(connection, job, version, crashes)
    return now_idle - idle


def jobs_left(database: Database) -> bool:
    """Is a job waiting (perhaps for its time to come) or running anywhere?"""
    with database.transaction() as connection:
        return connection.execute(query("unfinished_job")).fetchone() is not None


def _take_back(connection: Connection, job: int, version: int, crashes: int) -> None:
    logger.warning("a worker died with a job", extra={"job": job, "version_id": version, "crashes": crashes})
    if crashes < MOST_CRASHES:
        connection.execute(query("retry_job"), {"job": job})
        return
    connection.execute(
        "UPDATE versions SET status = 'failed', error = %s WHERE id = %s AND status <> 'indexed'", [CRASHES, version]
    )
    connection.execute("DELETE FROM procrastinate_jobs WHERE id = %s", [job])
