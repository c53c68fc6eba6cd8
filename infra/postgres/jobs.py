"""The ingest queue: Procrastinate on the same Postgres.

A job is idempotent, so it may run twice. A worker that dies leaves its job behind; every worker looks for such jobs,
puts them back into the queue, and gives up on one that has cost several workers their lives.
"""

import asyncio
import logging
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache

import procrastinate
import psycopg
from procrastinate import exceptions
from procrastinate.jobs import Job
from psycopg_pool import PoolTimeout

from infra.postgres.server import Connection, Database
from ingest.errors import Transient

logger = logging.getLogger(__name__)

QUEUE = "ingest"
TASK = "ingest"
HEARTBEAT_S = 3.0
STALLED_S = 12.0
SWEEP_S = 4.0
STOP_S = 8.0
MOST_ATTEMPTS = 5
MOST_CRASHES = 3
CRASHES = "The file makes the parser crash. Open it in its own program, save it anew, and upload that."
DEFECT = "Footnote could not read this file because of a defect of its own; the worker's log has the details."
GAVE_UP = "A part of Footnote was not reachable for too long. Upload the file again."


class Stopping(Transient):
    """The worker stops; another one will do the job from the start."""

    message = "The worker is stopping."


@dataclass(frozen=True, slots=True)
class Worker:
    """Works on the queue.

    Attributes:
        database: Where the queue is.
        handle: Does one job, given the version's id; in a thread of its own.
        give_up: Marks the version as failed with a message.
        concurrency: Jobs at a time.
        stopping: Set when the worker should stop; `handle` looks at it.
    """

    database: Database
    handle: Callable[[int], None]
    give_up: Callable[[int, str], None]
    concurrency: int = 1
    stopping: threading.Event = field(default_factory=threading.Event)

    def run(self, until_idle: bool = False) -> None:
        """Work until a signal says stop, or until no job is left."""
        asyncio.run(self._run(until_idle))

    async def _run(self, until_idle: bool) -> None:
        loop = asyncio.get_running_loop()
        main = asyncio.current_task()
        assert main is not None, "runs inside a task"

        def stop() -> None:
            self.stopping.set()
            main.cancel()

        for number in (signal.SIGINT, signal.SIGTERM):
            if threading.current_thread() is threading.main_thread():
                loop.add_signal_handler(number, stop)
        try:
            while await self._work(until_idle):
                await asyncio.sleep(0.5)
        except asyncio.CancelledError:
            logger.info("worker stopped")

    async def _work(self, until_idle: bool) -> bool:
        """One life of the connection to the database; says whether to go on."""
        try:
            async with make_app(self.database.url, self._do).open_async() as app:
                if until_idle:
                    await self._sweep(app)
                    await self._once(app)
                    return await _jobs_left(app)
                await self._forever(app)
        except (exceptions.ConnectorException, psycopg.OperationalError, PoolTimeout) as error:
            logger.warning("the database went away, connecting anew", extra={"reason": str(error)})
            await asyncio.to_thread(self._revive)
            await asyncio.sleep(1.0)
        return not self.stopping.is_set()

    def _revive(self) -> None:
        try:
            self.database.revive()
        except Transient as error:
            logger.warning("the database is still away", extra={"reason": str(error)})

    async def _once(self, app: procrastinate.App) -> None:
        await app.run_worker_async(**self._options(), wait=False)

    async def _forever(self, app: procrastinate.App) -> None:
        async with asyncio.TaskGroup() as tasks:
            sweeper = tasks.create_task(self._sweep_on(app))
            try:
                await app.run_worker_async(**self._options(), wait=True)
            finally:
                sweeper.cancel()

    def _options(self) -> dict[str, object]:
        return {
            "queues": [QUEUE],
            "concurrency": self.concurrency,
            "install_signal_handlers": False,
            "update_heartbeat_interval": HEARTBEAT_S,
            "stalled_worker_timeout": STALLED_S,
            "shutdown_graceful_timeout": STOP_S,
            "fetch_job_polling_interval": 2.0,
            "delete_jobs": "successful",
        }

    async def _sweep_on(self, app: procrastinate.App) -> None:
        while True:
            await self._sweep(app)
            await asyncio.sleep(SWEEP_S)

    async def _sweep(self, app: procrastinate.App) -> None:
        """Put the jobs of dead workers back, or give up on them."""
        await app.job_manager.prune_stalled_workers(STALLED_S)
        for job in await app.job_manager.get_stalled_jobs(queue=QUEUE, seconds_since_heartbeat=STALLED_S):
            logger.warning("a worker died with this job", extra={"job": job.id, "attempts": job.attempts})
            if job.attempts + 1 >= MOST_CRASHES:
                await asyncio.to_thread(self.give_up, int(job.task_kwargs["version_id"]), CRASHES)
                await app.job_manager.finish_job(job, procrastinate.jobs.Status.FAILED, delete_job=True)
            else:
                await app.job_manager.retry_job(job)

    def _do(self, context: procrastinate.JobContext, version_id: int) -> None:
        try:
            self.handle(version_id)
        except Stopping:
            raise
        except Transient as error:
            if context.job.attempts + 1 >= MOST_ATTEMPTS:
                self.give_up(version_id, f"{error} {GAVE_UP}")
                return
            raise
        except Exception:  # the boundary of a job: a defect must not leave the version "working" for ever
            self.give_up(version_id, DEFECT)
            raise


class _Retry(procrastinate.BaseRetryStrategy):
    """A stopped worker's job at once, a transient error's later and later; anything else never."""

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> procrastinate.RetryDecision | None:
        if isinstance(exception, Stopping):
            return procrastinate.RetryDecision(retry_in={"seconds": 0})
        if isinstance(exception, Transient):
            return procrastinate.RetryDecision(retry_in={"seconds": 2 ** min(job.attempts, 6)})
        return None


def make_app(url: str, task: Callable[[procrastinate.JobContext, int], None]) -> procrastinate.App:
    """A Procrastinate application with the one task."""
    app = procrastinate.App(
        connector=procrastinate.PsycopgConnector(
            conninfo=url, min_size=1, max_size=4, timeout=10.0, reconnect_timeout=5.0
        )
    )
    app.task(name=TASK, queue=QUEUE, retry=_Retry(), pass_context=True)(task)
    return app


@cache
def _deferrer() -> procrastinate.App:
    """An application that only writes jobs, on connections of others; it holds no connection itself."""
    return procrastinate.App(connector=procrastinate.SyncPsycopgConnector())


def defer_ingest(connection: Connection, version_id: int) -> None:
    """Queue the ingestion of a version, as a part of the connection's transaction."""
    _deferrer().configure_task(TASK, queue=QUEUE, connection=connection).defer(version_id=version_id)


async def _jobs_left(app: procrastinate.App) -> bool:
    """Is a job waiting, perhaps for its time to come, or for a dead worker to be noticed?"""
    waiting = await app.job_manager.list_jobs_async(queue=QUEUE, status="todo")
    doing = await app.job_manager.list_jobs_async(queue=QUEUE, status="doing")
    return bool(list(waiting)) or bool(list(doing))
