"""Milvus Lite's server of a folder."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.milvus import lite, lite_process
from infra.milvus.connection import Connection
from infra.milvus.index import MilvusIndex
from infra.milvus.lite import LiteServer
from infra.milvus.settings import Address, IndexSettings
from ingest.errors import Permanent, Transient
from tests.unit.infra.milvus import writer_process
from tests.unit.infra.milvus.conftest import made
from tests.unit.infra.milvus.material import ALL, DIMENSION, directions, drawn, entry, first_axis, three

pytest.importorskip("milvus_lite")


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "lite"
    for pid in servers(tmp_path / "lite"):
        os.kill(pid, signal.SIGKILL)


def servers(folder: Path) -> list[int]:
    """Process ids of the servers of a folder."""
    found = []
    for process in Path("/proc").iterdir():
        if process.name.isdigit():
            try:
                words = (process / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if any(word.endswith(b"lite_process.py") for word in words) and os.fsencode(folder) in words:
                found.append(int(process.name))
    return found


def opened(folder: Path, settings: IndexSettings = IndexSettings()) -> MilvusIndex:
    return MilvusIndex(Connection(Address(str(folder))), "tests", DIMENSION, settings)


def filled(folder: Path) -> MilvusIndex:
    index = made(Connection(Address(str(folder))), "tests", IndexSettings())
    index.upsert(three(), directions(3))
    return index


def ended(folder: Path, patience_s: float = 20.0) -> bool:
    deadline = time.monotonic() + patience_s
    while servers(folder) and time.monotonic() < deadline:
        time.sleep(0.1)
    return not servers(folder)


def test_processes_share_a_folder_and_the_last_one_ends_the_server(folder: Path) -> None:
    first, code = (
        filled(folder),
        "import sys; from tests.unit.infra.milvus.test_lite import *; print(total(sys.argv[1]))",
    )
    other = subprocess.run([sys.executable, "-c", code, folder], capture_output=True, text=True, check=True)
    assert other.stdout == "3\n"
    assert len(servers(folder)) == 1
    first.close()
    first.close()
    assert ended(folder)
    assert not (folder / lite.SOCKET).exists()


def total(folder: str) -> int:
    """What another process counts."""
    index = opened(Path(folder))
    try:
        return index.count()
    finally:
        index.close()


def test_data_outlive_the_server(folder: Path) -> None:
    filled(folder).close()
    assert ended(folder)
    again = opened(folder)
    assert [one.chunk_id for one in again.search(first_axis(), ALL, 5)] == [1, 2, 3]
    again.delete([1])
    assert again.count() == 2
    again.close()


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_a_lost_server_is_started_again(folder: Path, how: signal.Signals) -> None:
    index = filled(folder)
    os.kill(servers(folder)[0], how)
    assert ended(folder)
    assert [one.chunk_id for one in index.search(first_axis(), ALL, 5)] == [1, 2, 3]
    index.upsert([entry(4)], directions(4)[3:])
    assert index.count() == 4
    index.close()


def test_a_killed_user_keeps_no_server_alive(folder: Path) -> None:
    filled(folder).close()
    writer = started_writer(folder)
    writer.kill()
    writer.communicate()
    assert ended(folder)


def test_replay_repairs_what_a_kill_interrupted(folder: Path) -> None:
    index = filled(folder)
    for victim in ("writer", "server"):
        writer = started_writer(folder)
        time.sleep(0.3)
        writer.kill() if victim == "writer" else os.kill(servers(folder)[0], signal.SIGKILL)
        if victim == "server":
            writer.kill()
        writer.communicate()
        rows = drawn(writer_process.ROWS, seed=2)
        index.upsert([entry(number, document=2) for number in range(writer_process.ROWS)], rows)
        assert index.count() == writer_process.ROWS, victim
        hits = index.search(rows[7], ALL, writer_process.ROWS)
        assert (hits[0].chunk_id, len({one.chunk_id for one in hits})) == (7, len(hits)), victim
        index.clear()
        assert index.count() == 0
    index.close()


def started_writer(folder: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", writer_process.__name__, str(folder), "tests"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    assert process.stdout.readline() == "writing\n"
    return process


def test_it_listens_on_a_socket_for_this_user_only(folder: Path) -> None:
    index = filled(folder)
    sockets = {link for link in map(_link, Path(f"/proc/{servers(folder)[0]}/fd").iterdir()) if "socket:" in link}
    listening = [
        line.split() for kind in ("tcp", "tcp6") for line in Path(f"/proc/net/{kind}").read_text().splitlines()
    ]
    assert not [line for line in listening if line[3] == "0A" and f"socket:[{line[9]}]" in sockets]
    assert (folder / lite.SOCKET).stat().st_mode & 0o077 == 0
    index.close()


def _link(path: Path) -> str:
    try:
        return str(path.readlink())
    except OSError:
        return ""


@pytest.mark.parametrize("name", ["with space", "käse", "50%41", "x" * 90])
def test_any_folder_can_be_used(tmp_path: Path, name: str) -> None:
    server = LiteServer(tmp_path / name)
    with socket.socket(socket.AF_UNIX) as probe:
        probe.connect(server.uri.removeprefix("unix:"))
    server.close()
    assert ended(tmp_path / name)


def test_a_server_whose_starter_was_killed_is_waited_for(folder: Path) -> None:
    folder.mkdir()
    command = [sys.executable, "-P", lite_process.__file__, str(folder), str(folder / lite.SOCKET)]
    with subprocess.Popen(command, start_new_session=True) as orphan:
        while not (folder / "data").exists():
            time.sleep(0.01)
        server = LiteServer(folder)
        assert server.answers()
        orphan.wait()
    server.close()


def test_a_folder_in_use_by_another_program_is_said(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lite, "OTHER_S", 0.0)
    folder.mkdir()
    code = (
        "import sys; from milvus_lite.db import MilvusLite; database = MilvusLite(sys.argv[1] + '/data')\n"
        "print('open', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", code, str(folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout
        assert program.stdout.readline() == "open\n"
        with pytest.raises(Transient, match="Another program uses"):
            LiteServer(folder)
        program.communicate()
    LiteServer(folder).close()


def test_a_missing_package_is_said(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lite, "find_spec", lambda name: None)
    with pytest.raises(Permanent, match="milvus-lite"):
        LiteServer(folder)
