"""`footnote up`: everything starts, stays up, and ends."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.application import Application
from app.settings import Settings
from app.wiring import open_application
from ingest.errors import NotFound
from ingest.model import VersionStatus
from tests.e2e.processes import (
    COMMAND,
    SAMPLE,
    Up,
    environment,
    footnote,
    free_port,
    living,
    pid_of,
    result,
    short_lived,
    wait_until,
)

pytestmark = pytest.mark.slow

WORKER = "-m app.cli worker"


@pytest.fixture(scope="module")
def running() -> Iterator[Up]:
    """One that has prepared the sample handbook."""
    with short_lived("up") as place:
        up = Up(place / "home")
        try:
            up.ready()
            yield up
        finally:
            up.clear()


@pytest.fixture
def place() -> Iterator[Path]:
    with short_lived("up") as folder:
        yield folder


@pytest.fixture
def home(place: Path) -> Path:
    """A home that has had its first start: no sample is added."""
    home = place / "home"
    home.mkdir()
    (home / "sample.json").write_text('{"version_id": null}')
    return home


@pytest.fixture
def up(home: Path) -> Iterator[Up]:
    """One without documents."""
    up = Up(home)
    try:
        up.ready()
        yield up
    finally:
        up.clear()


def test_the_sample_handbook_is_prepared_and_answers(running: Up) -> None:
    assert "Preparing the sample handbook" in running.said
    assert running.said.rstrip().endswith(f"Footnote is ready: http://127.0.0.1:{running.port} (Ctrl-C stops it)")
    answer = result(running.home, "ask", "How many days of casual leave do employees get in a year?")
    assert answer["sentences"][0]["citations"][0]["document"] == SAMPLE.name


def test_a_second_one_on_the_same_home_names_the_first(running: Up) -> None:
    done = footnote(running.home, "up", seconds=20)
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert "already running" in line
    assert f"http://127.0.0.1:{running.port}" in line


def test_a_port_in_use_is_one_clear_line(running: Up, tmp_path: Path) -> None:
    done = subprocess.run(
        [*COMMAND, "up"],
        env=environment(tmp_path / "other", FOOTNOTE_UI_PORT=str(running.port)),
        capture_output=True,
        text=True,
        timeout=20,
    )
    assert done.returncode == 1
    assert done.stderr == f"Port {running.port} is in use. Set FOOTNOTE_UI_PORT or stop the other program.\n"
    assert living(tmp_path / "other") == {}


def test_it_listens_on_loopback_only(running: Up) -> None:
    own = {f"{pid}" for pid in living(running.home)}
    listening = subprocess.run(["ss", "-ltnpH"], capture_output=True, text=True, timeout=10).stdout.splitlines()
    mine = [line.split()[3] for line in listening if any(f"pid={pid}," in line for pid in own)]
    assert mine == [f"127.0.0.1:{running.port}"]


def test_a_killed_worker_loses_nothing(up: Up, tmp_path: Path) -> None:
    copy = tmp_path / "handbook.pdf"
    copy.write_bytes(SAMPLE.read_bytes())
    ingest = subprocess.Popen(
        [*COMMAND, "ingest", "--wait", "--json", str(copy)],
        env=environment(up.home),
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        with open_application(Settings(home=up.home)) as application:
            wait_until(lambda: is_working(application, copy.name), 60, "the worker has begun")
        os.kill(pid_of(up.home, WORKER), signal.SIGKILL)
        said, _ = ingest.communicate(timeout=120)
    finally:
        ingest.kill()
    assert (ingest.returncode, json.loads(said)["status"]) == (0, "indexed")
    assert "The worker has stopped" in up.said
    shown = result(up.home, "documents", "show", copy.name)
    assert result(up.home, "db", "status")["chunks"] == shown["chunks"]
    assert up.interrupt() == 0


def test_ctrl_c_leaves_nothing_and_the_next_start_finds_everything(up: Up, tmp_path: Path) -> None:
    notes = tmp_path / "notes.txt"
    notes.write_text("The meeting room on the second floor is called Linden.")
    assert result(up.home, "ingest", "--wait", str(notes))["status"] == "indexed"
    assert up.interrupt() == 0
    assert up.said.rstrip().endswith("Stopped.")
    begun = time.monotonic()
    again = Up(up.home)
    try:
        again.ready(60)
        assert time.monotonic() - begun < 60
        documents = result(up.home, "documents", "list")["documents"]
        assert [one["document"] for one in documents] == [notes.name]
        assert "Linden" in result(up.home, "search", "-k", "1", "name of the meeting room")["hits"][0]["text"]
        assert again.interrupt() == 0
    finally:
        again.clear()
    assert "Traceback" not in again.said


def test_ctrl_c_while_it_starts(place: Path) -> None:
    up = Up(place / "home")
    try:
        wait_until(lambda: "Starting the database" in up.said, 20, "it has begun")
        time.sleep(0.5)
        assert up.interrupt() == 0
        assert "Traceback" not in up.said
    finally:
        up.clear()


def test_sigterm_stops_it_too(up: Up) -> None:
    up.process.terminate()
    assert up.process.wait(30) == 0
    wait_until(lambda: not living(up.home), 30, f"all gone: {living(up.home)}")


def test_children_end_with_a_killed_supervisor_and_the_next_one_cleans_up(up: Up) -> None:
    up.process.kill()
    up.process.wait(10)
    wait_until(lambda: not children(up.home), 60, lambda: f"the children ended: {children(up.home)}")
    again = Up(up.home, free_port())
    try:
        again.ready(60)
        assert again.interrupt() == 0
    finally:
        again.clear()


def children(home: Path) -> list[str]:
    """The worker and the page of a home, not its database."""
    return [line for line in living(home).values() if "-m app." in line or "streamlit" in line]


def is_working(application: Application, name: str) -> bool:
    """Whether some, but not all pages have been read."""
    try:
        version = application.find(name)
    except NotFound:
        return False
    assert version.status is not VersionStatus.INDEXED, "read before it could be interrupted"
    return version.status is VersionStatus.WORKING and version.pages_done > 0
