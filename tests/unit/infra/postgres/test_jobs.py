"""The ingest queue, with real worker processes."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest

from infra.postgres.catalog import Catalog
from infra.postgres.jobs import DEFECT, Stopping, Worker
from infra.postgres.library import PgMaintenance
from infra.postgres.lost_jobs import CRASHES
from infra.postgres.server import Database, open_database
from ingest.errors import Transient
from ingest.model import Version, VersionStatus
from tests.contracts.stores import postgres_store
from tests.unit.infra.postgres.test_embedded import postmaster, prepared
from tests.unit.infra.postgres.worker_process import QUICK

pytestmark = pytest.mark.slow

Start = Callable[..., "subprocess.Popen[str]"]
Result = TypeVar("Result")


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts worker processes and ends them."""
    started: list[subprocess.Popen[str]] = []

    def run(*arguments: str) -> "subprocess.Popen[str]":
        command = [sys.executable, "-m", "tests.unit.infra.postgres.worker_process", *arguments]
        started.append(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))
        return started[-1]

    yield run
    for process in started:
        process.terminate()
    for process in started:
        process.communicate(timeout=30)


def upload(database: Database, count: int = 1, name: str = "") -> list[int]:
    store = postgres_store(database)
    return [store.upload(f"{name}{number}.pdf").version_id for number in range(count)]


def again(call: Callable[[], Result]) -> Result:
    """A call that may meet a dying server: a transient error is promised to pass."""
    try:
        return call()
    except Transient:
        return call()


def version_of(database: Database, version_id: int) -> Version:
    version = Catalog(database).version(version_id)
    assert version is not None
    return version


def jobs(database: Database) -> list[tuple[str, int]]:
    with database.transaction() as connection:
        return [(str(row[0]), int(row[1])) for row in connection.execute(
            "SELECT status, attempts FROM procrastinate_jobs ORDER BY id"
        ).fetchall()]  # fmt: skip


def first_job(process: "subprocess.Popen[str]") -> int:
    assert process.stdout is not None
    return int(process.stdout.readline())


def until(done: Callable[[], bool], seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < deadline, f"not within {seconds} s"
        time.sleep(0.05)


def indexed(database: Database, version_id: int) -> Callable[[], bool]:
    return lambda: version_of(database, version_id).status is VersionStatus.INDEXED


def work(database: Database, handle: Callable[[int], None]) -> list[tuple[int, str]]:
    """Work off the queue in this process; returns what was given up."""
    given_up: list[tuple[int, str]] = []
    Worker(database, handle, lambda *what: given_up.append(what), rhythm=QUICK).run(until_idle=True)
    return given_up


def test_the_queue_is_worked_off_in_order_and_leaves_no_rows(database: Database) -> None:
    ids, done = upload(database, 3), list[int]()
    assert work(database, done.append) == []
    assert done == ids
    assert jobs(database) == []


def test_an_empty_queue_is_idle(database: Database) -> None:
    assert work(database, lambda _: None) == []


def test_a_transient_error_is_tried_again(database: Database) -> None:
    (version_id,), calls = upload(database), list[int]()

    def handle(one: int) -> None:
        calls.append(one)
        if len(calls) < 3:
            raise Transient("The model server is away.")

    assert work(database, handle) == []
    assert calls == [version_id] * 3


def test_a_transient_error_that_stays_is_given_up_with_its_words(database: Database) -> None:
    (version_id,), calls = upload(database), list[int]()

    def handle(one: int) -> None:
        calls.append(one)
        raise Transient("The model server is away.")

    ((given_up, message),) = work(database, handle)
    assert (given_up, len(calls)) == (version_id, 5)
    assert message.startswith("The model server is away.")
    assert jobs(database) == []


def test_a_defect_is_not_tried_again_and_does_not_stop_the_worker(database: Database) -> None:
    (first, second), calls = upload(database, 2), list[int]()

    def handle(one: int) -> None:
        calls.append(one)
        if one == first:
            raise ZeroDivisionError

    assert work(database, handle) == [(first, DEFECT)]
    assert calls == [first, second]
    assert jobs(database) == []


def test_jobs_run_at_the_same_time_but_not_those_of_one_document(database: Database) -> None:
    store = postgres_store(database)
    for content in "abc":
        store.upload("same.pdf", content=content)
    other = store.upload("other.pdf").version_id
    running, most, together = set[int](), list[int](), list[set[int]]()

    def handle(one: int) -> None:
        running.add(one)
        most.append(len(running))
        together.append(set(running))
        time.sleep(0.2)
        running.discard(one)

    Worker(database, handle, lambda *_: None, concurrency=4, rhythm=QUICK).run(until_idle=True)
    assert max(most) == 2
    assert all(len(one - {other}) <= 1 for one in together)


def test_it_runs_in_a_thread_and_stops_when_told(database: Database) -> None:
    stopping, (version_id,) = threading.Event(), upload(database)
    begun = threading.Event()

    def handle(_: int) -> None:
        begun.set()
        assert stopping.wait(20)
        raise Stopping

    worker = Worker(database, handle, lambda *_: None, stopping=stopping, rhythm=QUICK)
    thread = threading.Thread(target=worker.run, kwargs={"until_idle": True})
    thread.start()
    assert begun.wait(20)
    stopping.set()
    thread.join(20)
    assert not thread.is_alive()
    assert [status for status, _ in jobs(database)] == ["todo"]
    assert version_of(database, version_id).status is VersionStatus.QUEUED


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_it_soon_and_gives_the_job_back_at_once(
    database: Database, start: Start, number: signal.Signals
) -> None:
    (version_id,) = upload(database)
    worker = start(database.url, "hang")
    assert first_job(worker) == version_id
    begun = time.monotonic()
    worker.send_signal(number)
    assert worker.wait(20) == 0
    assert time.monotonic() - begun < 10
    assert jobs(database) == [("todo", 1)]
    assert PgMaintenance(database).status().workers_alive == 0
    start(database.url, "finish")
    until(indexed(database, version_id))


def test_the_job_of_a_killed_worker_is_done_by_another(database: Database, start: Start) -> None:
    (version_id,) = upload(database)
    killed = start(database.url, "hang")
    assert first_job(killed) == version_id
    killed.kill()
    killed.wait()
    other = start(database.url, "finish")
    assert first_job(other) == version_id
    until(indexed(database, version_id))
    until(lambda: jobs(database) == [])


def test_a_file_that_kills_its_workers_is_given_up(database: Database, start: Start) -> None:
    (version_id,) = upload(database)
    for _ in range(3):
        worker = start(database.url, "die")
        assert first_job(worker) == version_id
        assert worker.wait(20) == -signal.SIGKILL
    start(database.url, "finish")
    until(lambda: version_of(database, version_id).status is VersionStatus.FAILED)
    assert version_of(database, version_id).error == CRASHES
    assert jobs(database) == []


def test_a_worker_survives_the_death_of_the_server(home: Path, start: Start) -> None:
    with open_database(home, None) as database:
        prepared(database)
        (before,) = upload(database)
        start("--home", str(home), "finish")
        until(indexed(database, before))
        os.kill(postmaster(home), signal.SIGKILL)
        (after,) = again(lambda: upload(database, name="after"))
        again(lambda: until(indexed(database, after), 60))


def test_workers_are_counted(database: Database, start: Start) -> None:
    maintenance = PgMaintenance(database)
    assert maintenance.status().workers_alive == 0
    start(database.url, "finish")
    until(lambda: maintenance.status().workers_alive == 1)


def test_upkeep_runs_after_jobs_and_its_failures_stop_nothing(database: Database) -> None:
    upload(database, 2)
    seen: list[int] = []

    def handle(version_id: int) -> None:
        seen.append(version_id)

    def upkeep() -> None:
        seen.append(0)
        raise Transient if seen.count(0) == 1 else ValueError

    Worker(database, handle, lambda *_: None, rhythm=QUICK, upkeep=upkeep).run(until_idle=True)
    assert len([one for one in seen if one]) == 2
    assert seen[-1] == 0
    worker = Worker(database, handle, lambda *_: None, rhythm=QUICK, upkeep=upkeep)
    seen.clear()
    thread = threading.Thread(target=worker.run)
    thread.start()
    try:
        until(lambda: seen == [0])
        upload(database, 1, "later")
        until(lambda: len(seen) == 3 and seen[-1] == 0)
    finally:
        worker.stopping.set()
        thread.join(20)
    assert not thread.is_alive()
