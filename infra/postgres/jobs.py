"""The ingest queue: Procrastinate on the same Postgres.

A job is idempotent, so it may run twice. A worker that dies leaves its job behind; every worker looks for such jobs,
puts them back into the queue, and gives up on one that has cost several workers their lives.
"""

import asyncio
import logging
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import procrastinate
import psycopg
from procrastinate import exceptions
from psycopg_pool import PoolTimeout

from infra.postgres.lost_jobs import jobs_left, sweep
from infra.postgres.server import Database
from infra.postgres.threads import in_daemon_thread
from ingest.errors import FootnoteError, Transient
from ingest.ports import nothing

logger = logging.getLogger(__name__)

QUEUE = "ingest"
TASK = "ingest"
MOST_ATTEMPTS = 5
DEFECT = "Footnote could not read this file because of a defect of its own; the worker's log has the details."
GAVE_UP = "This went wrong several times. Upload the file again when all is well."


class Stopping(Transient):
    """The worker stops; another one will do the job from the start."""

    message = "The worker is stopping."


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How often a worker does what, in seconds.

    Attributes:
        heartbeat: Between two signs of life.
        stalled: Without a sign of life after which a worker counts as dead.
        sweep: Between two looks for jobs of dead workers.
        poll: Between two looks into the queue; a new job is announced, one that waited for its time is not.
        stop: That running jobs are given when the worker stops.
        backoff: Before the first new attempt after a transient error; doubled each time.
        upkeep: Between two rounds of upkeep where no job has ended meanwhile.
    """

    heartbeat: float = 3.0
    stalled: float = 12.0
    sweep: float = 4.0
    poll: float = 2.0
    stop: float = 3.0
    backoff: float = 1.0
    upkeep: float = 30.0


@dataclass(slots=True)
class _Shift:
    """What a worker knows while it runs.

    Attributes:
        jobs: Ids of the jobs that run.
        workers: Ids that Procrastinate gave to this process; a new one after each loss of the database.
        idle: Jobs that were held by this process but did not run when last looked at.
        threads: Running handlers by version, also those whose job has been abandoned.
        ended: Set when a job has ended.
    """

    jobs: set[int] = field(default_factory=set)
    workers: set[int] = field(default_factory=set)
    idle: set[int] = field(default_factory=set)
    threads: "dict[int, asyncio.Future[None]]" = field(default_factory=dict)
    ended: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(frozen=True, slots=True)
class Worker:
    """Works on the queue.

    Attributes:
        database: Where the queue is.
        handle: Does one job, given the version's id; in a thread of its own. Transient errors are tried again later.
        give_up: Marks the version as failed with a message.
        concurrency: Jobs at a time.
        stopping: Set it to stop the worker; `handle` may look at it and raise `Stopping`.
        rhythm: How often it does what.
        upkeep: Called at the start, after jobs, and now and then; in a thread of its own, never twice at a time.
    """

    database: Database
    handle: Callable[[int], None]
    give_up: Callable[[int, str], None]
    concurrency: int = 1
    stopping: threading.Event = field(default_factory=threading.Event)
    rhythm: Rhythm = Rhythm()
    upkeep: Callable[[], None] = nothing

    def run(self, until_idle: bool = False) -> None:
        """Work until SIGINT or SIGTERM (in the main thread), or until no job is left.

        It stops within a few seconds: a job that takes longer is abandoned and goes back into the queue at once.
        """
        asyncio.run(self._run(until_idle))

    async def _run(self, until_idle: bool) -> None:
        main = asyncio.current_task()
        assert main is not None, "runs inside a task"
        shift = _Shift()

        async def watch() -> None:
            while not self.stopping.is_set():
                await asyncio.sleep(0.1)
            main.cancel()

        watcher = asyncio.create_task(watch())
        try:
            with _on_signal(self.stopping.set), suppress(asyncio.CancelledError):
                while not self.stopping.is_set() and not await self._connected(shift, until_idle):
                    await asyncio.sleep(1.0)
        finally:
            watcher.cancel()
        logger.info("worker stopped")

    async def _connected(self, shift: _Shift, until_idle: bool) -> bool:
        """Work as long as the database is there; true when everything is done."""
        try:
            async with self._app(shift).open_async() as app:
                return await self._drain(app, shift) if until_idle else await self._stay(app, shift)
        except (exceptions.ConnectorException, psycopg.OperationalError, PoolTimeout, Transient) as error:
            logger.warning("the database went away, connecting anew", extra={"reason": str(error)})
        try:
            await in_daemon_thread(self.database.revive)
        except Transient as error:
            logger.warning("the database is still away", extra={"reason": str(error)})
        return False

    async def _drain(self, app: procrastinate.App, shift: _Shift) -> bool:
        """Also waits for jobs that are to be tried again later, and for those of other workers."""
        while not self.stopping.is_set():
            await self._sweep(shift)
            await self._work(app, wait=False)
            await self._keep_up(shift)
            if not await in_daemon_thread(jobs_left, self.database):
                return True
            await asyncio.sleep(0.5)
        return False

    async def _stay(self, app: procrastinate.App, shift: _Shift) -> bool:
        async def sweep_on() -> None:
            while True:
                with suppress(Transient):
                    await self._sweep(shift)
                await asyncio.sleep(self.rhythm.sweep)

        async def keep_up() -> None:
            while True:
                await self._keep_up(shift)
                with suppress(TimeoutError):
                    await asyncio.wait_for(shift.ended.wait(), self.rhythm.upkeep)

        tasks = [asyncio.create_task(sweep_on()), asyncio.create_task(keep_up())]
        try:
            await self._work(app, wait=True)
        finally:
            for task in tasks:
                task.cancel()
        return False

    async def _keep_up(self, shift: _Shift) -> None:
        shift.ended.clear()
        try:
            await in_daemon_thread(self.upkeep)
        except FootnoteError as error:
            logger.warning("upkeep is left for later", extra={"reason": str(error)})
        except Exception:  # the boundary of upkeep: a defect there must not stop the jobs
            logger.exception("upkeep failed")

    async def _work(self, app: procrastinate.App, wait: bool) -> None:
        await app.run_worker_async(
            queues=[QUEUE],
            concurrency=self.concurrency,
            wait=wait,
            install_signal_handlers=False,
            update_heartbeat_interval=self.rhythm.heartbeat,
            stalled_worker_timeout=self.rhythm.stalled,
            shutdown_graceful_timeout=self.rhythm.stop,
            fetch_job_polling_interval=self.rhythm.poll,
            delete_jobs="always",
        )

    async def _sweep(self, shift: _Shift) -> None:
        shift.idle = await in_daemon_thread(
            sweep, self.database, self.rhythm.stalled, shift.workers, shift.jobs.copy(), shift.idle
        )

    def _app(self, shift: _Shift) -> procrastinate.App:
        async def ingest(context: procrastinate.JobContext, version_id: int) -> None:
            await self._do(shift, context.job, version_id)

        connector = procrastinate.PsycopgConnector(
            conninfo=self.database.url, min_size=1, max_size=4, timeout=10.0, reconnect_timeout=5.0
        )
        app = procrastinate.App(connector=connector)
        app.task(name=TASK, queue=QUEUE, retry=_Retry(self.rhythm.backoff), pass_context=True)(ingest)
        return app

    async def _do(self, shift: _Shift, job: procrastinate.jobs.Job, version_id: int) -> None:
        assert job.id is not None, "a fetched job has an id"
        shift.jobs.add(job.id)
        if job.worker_id is not None:
            shift.workers.add(job.worker_id)
        try:
            await self._handled(shift, version_id)
        except Stopping:
            raise
        except Transient as error:
            if job.attempts + 1 < MOST_ATTEMPTS:
                raise
            await in_daemon_thread(self.give_up, version_id, f"{error} {GAVE_UP}")
        except Exception:  # the boundary of a job: a defect must not leave the version "working" for ever
            await in_daemon_thread(self.give_up, version_id, DEFECT)
            raise
        finally:
            shift.jobs.discard(job.id)
            shift.ended.set()

    async def _handled(self, shift: _Shift, version_id: int) -> None:
        """Run the handler, or wait for the one that still runs since its job was abandoned."""
        thread = shift.threads.get(version_id)
        if thread is None or thread.done():
            thread = shift.threads[version_id] = in_daemon_thread(self.handle, version_id)
            thread.add_done_callback(lambda _: shift.threads.pop(version_id, None))
        await asyncio.shield(thread)


@dataclass(frozen=True, slots=True)
class _Retry(procrastinate.BaseRetryStrategy):
    """An abandoned job at once, one with a transient error later and later; anything else never."""

    backoff: float

    def get_retry_decision(
        self, *, exception: BaseException, job: procrastinate.jobs.Job
    ) -> procrastinate.RetryDecision | None:
        if isinstance(exception, Stopping | asyncio.CancelledError | exceptions.JobAborted):
            return procrastinate.RetryDecision(retry_in={"seconds": 0})
        if isinstance(exception, Transient):
            return procrastinate.RetryDecision(
                retry_at=datetime.now(UTC) + timedelta(seconds=self.backoff * 2**job.attempts)
            )
        return None


@contextmanager
def _on_signal(stop: Callable[[], object]) -> Iterator[None]:
    """Call `stop` on SIGINT and SIGTERM; other threads than the main one cannot."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    loop = asyncio.get_running_loop()
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    for number in before:
        loop.add_signal_handler(number, stop)
    try:
        yield
    finally:
        for number, handler in before.items():
            loop.remove_signal_handler(number)
            signal.signal(number, handler)
