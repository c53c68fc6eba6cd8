"""The embedded server under ill-treatment, with real processes."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from infra.postgres.embedded import EmbeddedServer
from infra.postgres.library import PgMaintenance
from infra.postgres.server import Database, open_database
from ingest.errors import DiskFull, Transient
from ingest.model import Chunk, Page, VersionStatus
from retrieval.model import Filters
from tests.contracts.stores import ME, Store, chunk, directions, postgres_store

pytestmark = pytest.mark.slow

USER = [sys.executable, "-m", "tests.unit.infra.postgres.user_process"]
Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts processes that use a home, each the leader of a process group, and ends them."""
    started: list[subprocess.Popen[str]] = []

    def run(home: Path) -> "subprocess.Popen[str]":
        process = subprocess.Popen(
            [*USER, str(home)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
        )
        started.append(process)
        return process

    yield run
    for process in started:
        process.communicate(timeout=30)


def ready(process: "subprocess.Popen[str]") -> None:
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"


def leave(process: "subprocess.Popen[str]") -> None:
    process.communicate(timeout=30)
    assert process.returncode == 0


def postmaster(home: Path) -> int:
    return int((home / "postgres" / "data" / "postmaster.pid").read_text().split()[0])


def runs(home: Path) -> bool:
    return (home / "postgres" / "data" / "postmaster.pid").exists()


def select_one(database: Database) -> int:
    with database.transaction() as connection:
        row = connection.execute("SELECT 1").fetchone()
    assert row is not None
    return int(row[0])


def kill_while_asking(database: Database, pid: int) -> None:
    with database.transaction() as connection:
        os.kill(pid, signal.SIGKILL)
        for _ in range(10_000):
            connection.execute("SELECT pg_sleep(0.01)")


def test_processes_that_start_at_once_share_one_server_and_the_last_stops_it(home: Path, start: Start) -> None:
    processes = [start(home) for _ in range(3)]
    for process in processes:
        ready(process)
    pid = postmaster(home)
    leave(processes[0])
    leave(processes[1])
    assert postmaster(home) == pid
    leave(processes[2])
    assert not runs(home)


def test_a_killed_process_does_not_keep_the_server_alive(home: Path, start: Start) -> None:
    killed, other = start(home), start(home)
    ready(killed)
    ready(other)
    killed.kill()
    killed.wait()
    leave(other)
    assert not runs(home)


def test_a_server_without_processes_is_taken_over_and_stopped(home: Path, start: Start) -> None:
    killed = start(home)
    ready(killed)
    pid = postmaster(home)
    killed.kill()
    killed.wait()
    with open_database(home, None) as database:
        assert select_one(database) == 1
        assert postmaster(home) == pid
    assert not runs(home)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_to_the_group_of_one_leaves_the_others_their_server(
    home: Path, start: Start, number: signal.Signals
) -> None:
    first = start(home)
    ready(first)
    with open_database(home, None) as database:
        os.killpg(first.pid, number)
        leave(first)
        assert select_one(database) == 1
    assert not runs(home)


def test_a_killed_server_is_a_transient_error_and_then_works_again(home: Path) -> None:
    with open_database(home, None) as database:
        with pytest.raises(Transient, match="not reachable"):
            kill_while_asking(database, postmaster(home))
        assert select_one(database) == 1


def test_a_stale_pid_file_with_the_number_of_another_process(home: Path) -> None:
    with open_database(home, None):
        pass
    stale = home / "postgres" / "data" / "postmaster.pid"
    stale.write_text(f"{os.getppid()}\n{stale.parent}\n1700000000\n5432\n{stale.parent}\n\n 1 1\nready\n")
    with open_database(home, None) as database:
        assert select_one(database) == 1


@pytest.mark.parametrize("rubbish", ["", "x\n", "\n\n"])
def test_a_broken_pid_file(home: Path, rubbish: str) -> None:
    with open_database(home, None):
        pass
    (home / "postgres" / "data" / "postmaster.pid").write_text(rubbish)
    with open_database(home, None) as database:
        assert select_one(database) == 1


def test_a_home_with_a_long_path_and_odd_characters(home: Path) -> None:
    deep = home / ("long " * 20 + "it's") / ("deep%s" * 10)
    deep.mkdir(parents=True)
    with open_database(deep, None) as database:
        assert select_one(database) == 1
        assert "deep" not in database.url
    assert not runs(deep)


def test_it_listens_on_no_network_address(postgres_server: EmbeddedServer) -> None:
    with Database(postgres_server.url) as database, database.transaction() as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
        assert connection.execute("SHOW fsync").fetchone() == ("on",)


def test_an_interrupted_first_start_is_made_good(home: Path) -> None:
    half_made = home / "postgres" / "data.new"
    half_made.mkdir(parents=True)
    (half_made / "PG_VERSION").write_text("18")
    with open_database(home, None) as database:
        assert select_one(database) == 1
    assert not half_made.exists()


def test_a_server_killed_while_a_version_is_stored_stores_all_or_nothing(home: Path) -> None:
    with open_database(home, None) as database:
        store = prepared(database)
        version_id = store.upload().version_id
        pages = [Page(1, 1.0, 1.0, "text")]
        chunks = [chunk(number, f"leave {number}") for number in range(200)]
        with pytest.raises(Transient):
            store.writer.complete(version_id, "", pages, Deadly(chunks, postmaster(home)), directions(200))
        version = store.writer.version(version_id)
        assert version is not None
        assert version.status is VersionStatus.QUEUED
        assert store.library.chunks(version_id, ME) == []
        store.writer.complete(version_id, "", pages, chunks, directions(200))
        assert len(store.library.chunks(version_id, ME)) == 200
        assert len(store.lexical.search("leave", ME, Filters(), 500)) == 200


@pytest.fixture
def tiny_disk(home: Path) -> Iterator[Path]:
    """A disk of 160 MB."""
    folder = home / "tiny"
    folder.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=160m", "tmpfs", folder], capture_output=True, check=False
    )
    if made.returncode:
        pytest.skip("only root can make a tiny disk to fill")
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


def test_a_full_disk_is_told_and_all_is_well_once_there_is_space(tiny_disk: Path) -> None:
    ballast = tiny_disk / "ballast"
    with open_database(tiny_disk, None) as database:
        store = prepared(database)
        kept = store.add("kept.pdf", ["leave days"])
        version_id = store.upload(content="big").version_id
        texts = [f"{number} " + "incompressible".join(map(str, range(number, number + 400))) for number in range(900)]
        ballast.write_bytes(b"x" * (shutil.disk_usage(tiny_disk).free - 3_000_000))
        with pytest.raises(DiskFull, match="disk is full"):
            store.complete(version_id, texts)
        ballast.unlink()
        store.complete(version_id, texts)
        assert len(store.library.chunks(version_id, ME)) == 900
        assert len(store.library.chunks(kept.version_id, ME)) == 1


def test_no_space_for_a_first_start(tiny_disk: Path) -> None:
    ballast = tiny_disk / "ballast"
    ballast.write_bytes(b"x" * (shutil.disk_usage(tiny_disk).free - 8_000_000))
    with pytest.raises(DiskFull, match="disk is full"):
        open_database(tiny_disk, None)
    ballast.unlink()
    with open_database(tiny_disk, None) as database:
        assert select_one(database) == 1


class Deadly(list[Chunk]):
    """Chunks that kill the server when the middle one is reached."""

    def __init__(self, chunks: list[Chunk], pid: int) -> None:
        super().__init__(chunks)
        self._pid = pid

    def __iter__(self) -> Iterator[Chunk]:
        for position, one in enumerate(super().__iter__()):
            if position == len(self) // 2:
                os.kill(self._pid, signal.SIGKILL)
            yield one


def prepared(database: Database) -> Store:
    maintenance = PgMaintenance(database)
    maintenance.migrate()
    maintenance.ensure_embedding("test", 8)
    return postgres_store(database)
