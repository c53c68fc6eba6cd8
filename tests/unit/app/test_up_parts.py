"""The parts of `footnote up`, each by itself."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from app import address, home
from app.child import MOST_FAILURES, Child
from app.first_start import SampleHandbook
from app.settings import Settings
from app.tether import tethered
from ingest.errors import DiskFull, Permanent
from ingest.model import VersionStatus
from tests.unit.app.cli.library import VERSION, MemoryLibrary

PARENT = """
import subprocess, sys, time
from app.tether import tethered
command = [sys.executable, "-c", "import time; print(1, flush=True); time.sleep(60)"]
child = subprocess.Popen(tethered(command), stdout=subprocess.PIPE)
child.stdout.readline()
print(child.pid, flush=True)
time.sleep(60)
"""


def soon(done: Callable[[], object], seconds: float = 10.0) -> bool:
    deadline = time.monotonic() + seconds
    while not done() and time.monotonic() < deadline:
        time.sleep(0.02)
    return bool(done())


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.fixture
def child(tmp_path: Path) -> Iterator[Child]:
    child = Child(
        "page", [sys.executable, "-c", "print('hello', flush=True); import time; time.sleep(60)"], tmp_path / "page.log"
    )
    yield child
    child.stop()


def test_a_child_writes_its_log_and_is_started_again(child: Child) -> None:
    child.start()
    assert soon(lambda: child.log.exists() and child.log.read_text() == "hello\n")
    first = child.pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    assert soon(lambda: child.attend() and child.pid not in (None, first))
    assert child.failures == 1
    second = child.pid
    assert second is not None
    child.stop()
    assert not alive(second)


def test_a_child_that_fails_again_and_again_is_given_up(tmp_path: Path) -> None:
    child = Child("worker", [sys.executable, "-c", "print('no luck')"], tmp_path / "worker.log", first_pause=0.01)
    child.start()
    assert soon(lambda: not child.attend(), 20)
    assert child.failures == MOST_FAILURES
    assert child.last_words == "no luck"


def test_a_child_that_does_not_end_is_killed(tmp_path: Path) -> None:
    deaf = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"
    )
    child = Child("page", [sys.executable, "-c", deaf], tmp_path / "page.log", grace=0.3)
    child.start()
    assert soon(lambda: child.log.exists() and "deaf" in child.log.read_text())
    pid = child.pid
    assert pid is not None
    child.stop()
    assert not alive(pid)


def test_a_tethered_process_ends_with_its_parent() -> None:
    process = subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True)
    assert process.stdout
    with process.stdout:
        grandchild = int(process.stdout.readline())
    assert alive(grandchild)
    process.kill()
    process.wait(5)
    assert soon(lambda: not alive(grandchild))


def test_a_tethered_command_is_not_started_for_another_parent() -> None:
    command = tethered([sys.executable, "-c", "print('started')"])
    command[command.index(str(os.getpid()))] = "1"
    assert subprocess.run(command, capture_output=True, text=True, timeout=10).stdout == ""


def test_one_home_is_held_by_one(tmp_path: Path) -> None:
    home.prepare(tmp_path)
    second = home.only_one(tmp_path, "http://second")
    with home.only_one(tmp_path, "http://first"), pytest.raises(home.AlreadyRunning, match="http://first"):
        second.__enter__()
    with home.only_one(tmp_path, "http://third"):
        pass


def test_a_home_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("")
    with pytest.raises(Permanent, match="FOOTNOTE_HOME"):
        home.prepare(tmp_path / "home")


def test_a_home_that_may_not_be_written_to_is_refused() -> None:
    with pytest.raises(Permanent, match="FOOTNOTE_HOME"):
        home.prepare(Path("/proc/self"))


def test_a_full_disk_is_noticed() -> None:
    with pytest.raises(DiskFull, match="less than 100 MB"):
        home.check_space(Path("/proc"))


def test_a_port_in_use_is_noticed(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        settings = Settings(home=tmp_path, ui_port=other.getsockname()[1])
        with pytest.raises(address.PortInUse, match=f"Port {settings.ui_port} is in use. Set FOOTNOTE_UI_PORT"):
            address.check_free(settings)
        assert not address.is_served(settings)
    address.check_free(settings)


def test_an_address_of_another_machine_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Permanent, match="FOOTNOTE_UI_HOST"):
        address.check_free(Settings(home=tmp_path, ui_host="192.0.2.1"))


@pytest.mark.parametrize(
    ("host", "url"),
    [("127.0.0.1", "http://127.0.0.1:8501"), ("0.0.0.0", "http://127.0.0.1:8501"), ("::1", "http://[::1]:8501")],
)
def test_the_address_for_a_browser(tmp_path: Path, host: str, url: str) -> None:
    assert address.page_url(Settings(home=tmp_path, ui_host=host)) == url


def test_the_sample_is_added_once_in_a_homes_life(tmp_path: Path) -> None:
    library, said = MemoryLibrary(binary=True), list[str]()
    sample = SampleHandbook(library, tmp_path, said.append)
    sample.add()
    assert [version.name for version in library.library()] == ["quillmere-handbook.pdf"]
    assert not sample.is_ready()
    library.versions[1] = replace(library.versions[1], status=VersionStatus.WORKING, pages=24, pages_done=12)
    assert not sample.is_ready()
    library.versions[1] = replace(library.versions[1], status=VersionStatus.INDEXED)
    assert sample.is_ready()
    assert said == ["Preparing the sample handbook", "Preparing the sample handbook: 12 of 24 pages"]
    library.versions.clear()
    again = SampleHandbook(library, tmp_path, said.append)
    again.add()
    assert library.library() == []
    assert again.is_ready()


def test_the_sample_is_not_added_to_a_library_with_documents(tmp_path: Path) -> None:
    library = MemoryLibrary(versions={3: VERSION})
    sample = SampleHandbook(library, tmp_path, lambda _: None)
    sample.add()
    assert library.library() == [VERSION]
    assert sample.is_ready()


def test_a_sample_that_failed_holds_nothing_up(tmp_path: Path) -> None:
    failed = replace(VERSION, status=VersionStatus.FAILED, error="It needs OCR.")
    (tmp_path / "sample.json").write_text('{"version_id": 3}')
    said = list[str]()
    sample = SampleHandbook(MemoryLibrary(versions={3: failed}), tmp_path, said.append)
    sample.add()
    assert sample.is_ready()
    assert said == ["The sample handbook could not be read: It needs OCR."]
