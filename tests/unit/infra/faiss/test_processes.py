"""Several processes at once, some of them killed."""

import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from infra.faiss.index import FaissIndex
from tests.unit.infra.faiss.conftest import Open
from tests.unit.infra.faiss.samples import EVERYTHING, axis, entries, ids, random_vectors

pytestmark = pytest.mark.slow

WRITER = [sys.executable, "-m", "tests.unit.infra.faiss.writer_process"]


def start(folder: Path, *arguments: int) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [*WRITER, str(folder), *map(str, arguments)], stdout=subprocess.PIPE, text=True, encoding="utf-8"
    )


def held(index: FaissIndex) -> set[int]:
    return set(ids(index.search(axis(0), EVERYTHING, 100_000)))


def batch(number: int) -> set[int]:
    return {3 * number, 3 * number + 1, 3 * number + 2}


def test_two_writers_and_a_reader(opened: Open, tmp_path: Path) -> None:
    reader, seen = opened(), 0
    writers = [start(tmp_path / "faiss", first, 60) for first in (0, 1_000)]
    while any(writer.poll() is None for writer in writers):
        found = held(reader)
        assert len(found) % 3 == 0
        assert len(found) >= seen
        seen = len(found)
    for writer in writers:
        assert writer.communicate()[0].count("\n") == 60
        assert writer.returncode == 0
    expected = set().union(*(batch(number) for first in (0, 1_000) for number in range(first, first + 60)))
    assert held(reader) == held(opened()) == expected


def test_what_was_acknowledged_outlives_kills(opened: Open, tmp_path: Path) -> None:
    reader, acknowledged = opened(), set[int]()
    for attempt in range(6):
        writer = start(tmp_path / "faiss", 1_000 * attempt)
        assert writer.stdout is not None
        first = writer.stdout.readline()
        time.sleep(0.02 + 0.013 * attempt)
        writer.kill()
        said = [int(line) for line in (first + writer.communicate()[0]).splitlines() if line]
        acknowledged |= set().union(*(batch(number) for number in said))
        torn = batch(max(said) + 1)
        for index in (reader, opened()):
            found = held(index)
            assert acknowledged <= found
            assert found - acknowledged in (set(), torn)
        acknowledged = held(opened())
        assert held(reader) == acknowledged


def test_threads_share_an_index(opened: Open) -> None:
    index, wrong = opened(), list[str]()
    index.upsert(entries(range(30)), random_vectors(30))
    done = threading.Event()

    def look() -> None:
        while not done.is_set():
            found = held(index)
            if not set(range(30)) <= found:
                wrong.append(f"{len(found)} chunks")

    readers = [threading.Thread(target=look) for _ in range(3)]
    for reader in readers:
        reader.start()
    for number in range(30):
        index.upsert(entries([100 + number]), random_vectors(1))
        index.upsert(entries(range(30)), random_vectors(30))
        if number % 5 == 0:
            index.compact()
    done.set()
    for reader in readers:
        reader.join()
    assert wrong == []
    assert index.count() == 60
