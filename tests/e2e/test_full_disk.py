"""A disk that fills up while a file is being read, through the whole product."""

import io
import shutil
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from app.application import Application
from app.settings import Settings
from app.wiring import open_application
from infra.postgres.library import PgLibrary
from infra.postgres.server import open_database
from ingest.errors import DiskFull
from ingest.model import Scope, VersionStatus
from tests.e2e.processes import short_lived, wait_until

pytestmark = pytest.mark.slow

HANDBOOK = b"# Handbook\n\n## Casual leave\n\nEmployees get 12 days of casual leave in a year.\n"
LONG = "\n\n".join(
    " ".join(f"word{17 * part + 13 * place}" for place in range(60)) + f" of part {part}." for part in range(150)
).encode()


@pytest.fixture
def disk() -> Iterator[Path]:
    """A disk of 260 MB, 200 of which are free when a home is on it."""
    with short_lived("disk") as folder:
        options = ["-t", "tmpfs", "-o", "size=260m", "tmpfs"]
        made = subprocess.run(["mount", *options, folder], capture_output=True, check=False)
        if made.returncode:
            pytest.skip("only root can make a small disk to fill")
        yield folder
        subprocess.run(["umount", "--lazy", folder], check=True)


@pytest.fixture
def application(disk: Path) -> Iterator[Application]:
    """A library with one document, on the small disk."""
    home = disk / "home"
    with open_application(Settings(home=home)) as opened:
        opened.upload(io.BytesIO(HANDBOOK), "handbook.md")
        opened.run_worker(until_idle=True)
        yield opened


def fill(disk: Path) -> Path:
    ballast = disk / "ballast"
    with ballast.open("wb") as file:
        for size in (1_000_000, 4_096):
            while shutil.disk_usage(disk).free >= size:
                file.write(b"x" * size)
                file.flush()
    return ballast


def knows_about_leave(application: Application) -> bool:
    answer = application.ask("How many days of casual leave do employees get in a year?")
    return any("12 days" in one.text for one in answer.sentences)


def attempts(home: Path) -> int:
    with open_database(home, None) as database, database.transaction() as connection:
        row = connection.execute("SELECT coalesce(max(attempts), 0) FROM procrastinate_jobs").fetchone()
    assert row is not None
    return int(row[0])


def test_the_file_fails_with_clear_words_and_can_be_uploaded_again(disk: Path, application: Application) -> None:
    version_id = application.upload(io.BytesIO(LONG), "long.md").version_id
    ballast = fill(disk)
    application.run_worker(until_idle=True)
    version = application.version(version_id)
    assert version.status is VersionStatus.FAILED
    assert version.error.startswith("The disk is full. Free some space")
    with pytest.raises(DiskFull, match="disk is full"):
        application.upload(io.BytesIO(LONG + b"More of it."), "other.md")
    with open_database(disk / "home", None) as database:
        assert PgLibrary(database).chunks(version_id, Scope()) == []
    assert list((disk / "home" / "blobs").glob("incoming-*")) == []
    assert knows_about_leave(application)
    ballast.unlink()
    again = application.upload(io.BytesIO(LONG), "long.md").version_id
    application.run_worker(until_idle=True)
    assert application.version(again).status is VersionStatus.INDEXED
    assert application.search("word2550 of part 149")[0].passage.document == "long.md"
    assert knows_about_leave(application)


def test_the_file_is_read_once_there_is_room_in_time(disk: Path, application: Application) -> None:
    version_id = application.upload(io.BytesIO(LONG), "long.md").version_id
    ballast = fill(disk)
    with ThreadPoolExecutor(1) as pool:
        work = pool.submit(application.run_worker, until_idle=True)
        wait_until(lambda: attempts(disk / "home") > 0, 60, "a first attempt that failed")
        assert application.version(version_id).status is VersionStatus.WORKING
        ballast.unlink()
        work.result(120)
    version = application.version(version_id)
    assert (version.status, version.error) == (VersionStatus.INDEXED, "")
    assert application.status().vectors == application.status().chunks == version.chunks + 1
