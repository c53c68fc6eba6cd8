import multiprocessing
import os
import signal
import sqlite3
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from eval.embeddings import EmbeddingCache, cached
from ingest.errors import Permanent
from ingest.ports import Vectors


class Counting:
    """An embedder whose vectors tell the text's length; it remembers what it was asked."""

    model_name = "org/model v1"
    dimension = 2
    max_tokens = 100

    def __init__(self) -> None:
        self.asked: list[str] = []

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(text.split()) for text in texts]

    def embed_documents(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> Vectors:
        self.asked += texts
        return np.array([[len(text), 1.5] for text in texts], np.float32)

    def embed_query(self, text: str) -> Vectors:
        return np.array([0.0, len(text)], np.float32)


def test_a_text_is_embedded_once(tmp_path: Path) -> None:
    model = Counting()

    first = cached(model, tmp_path).embed_documents(["a", "bcd", "a"])
    again = cached(model, tmp_path).embed_documents(["bcd", "efghi", "a"])

    assert model.asked == ["a", "bcd", "efghi"]
    assert first.tolist() == [[1.0, 1.5], [3.0, 1.5], [1.0, 1.5]]
    assert again.tolist() == [[3.0, 1.5], [5.0, 1.5], [1.0, 1.5]]
    assert again.dtype == np.float32


def test_progress_ends_at_the_number_of_texts(tmp_path: Path) -> None:
    told: list[int] = []

    cached(Counting(), tmp_path).embed_documents(["a", "bc"], told.append)
    cached(Counting(), tmp_path).embed_documents(["a", "bc"], told.append)

    assert told[-1] == 2
    assert all(0 <= one <= 2 for one in told)


def test_another_model_has_other_vectors(tmp_path: Path) -> None:
    other = Counting()
    other.model_name = "org/model-v1"
    cached(Counting(), tmp_path).embed_documents(["a"])

    cached(other, tmp_path).embed_documents(["a"])

    assert other.asked == ["a"]


def test_nothing_is_kept_without_a_folder() -> None:
    model = Counting()
    keeps_nothing = cached(model, None)

    keeps_nothing.embed_documents(["a"])
    keeps_nothing.embed_documents(["a"])

    assert model.asked == ["a", "a"]
    assert keeps_nothing.embed_documents([]).shape == (0, 2)
    assert keeps_nothing.embed_query("abc").tolist() == [0.0, 3.0]


def test_a_damaged_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "kept.sqlite").write_bytes(b"no database" * 100)

    with pytest.raises(Permanent, match=r"kept\.sqlite are damaged\. Delete the file"):
        EmbeddingCache(tmp_path / "kept.sqlite", 2).load(["a"])


def _write_for_ever(file: Path, first: int) -> None:
    cache = EmbeddingCache(file, 4)
    for number in range(first, first + 1_000_000):
        texts = [f"{number}:{part}" for part in range(50)]
        cache.save(texts, np.full((50, 4), number, np.float32))


@pytest.mark.slow
def test_two_writers_that_are_killed_leave_whole_groups(tmp_path: Path) -> None:
    file = tmp_path / "kept.sqlite"
    forked = multiprocessing.get_context("spawn")
    writers = [forked.Process(target=_write_for_ever, args=(file, start)) for start in (0, 2_000_000)]
    for writer in writers:
        writer.start()
    deadline = time.monotonic() + 60
    while _groups(file) < 20 and time.monotonic() < deadline:
        time.sleep(0.05)
    for writer in writers:
        assert writer.pid is not None
        os.kill(writer.pid, signal.SIGKILL)
        writer.join()

    cache = EmbeddingCache(file, 4)
    for start in (0, 2_000_000):
        found = cache.load([f"{number}:{part}" for number in range(start, start + 5) for part in range(50)])
        assert len(found) % 50 == 0
        assert all(vector.tolist() == [float(text.split(":")[0])] * 4 for text, vector in found.items())
    cache.save(["after"], np.ones((1, 4), np.float32))
    assert cache.load(["after"])["after"].tolist() == [1.0] * 4
    with sqlite3.connect(file) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()


def _groups(file: Path) -> int:
    if not file.exists():
        return 0
    connection = sqlite3.connect(file, timeout=60)
    try:
        return int(connection.execute("SELECT count(*) FROM vectors").fetchone()[0]) // 50
    except sqlite3.OperationalError:
        return 0
    finally:
        connection.close()
