"""With a GPU, without one, and with one that fails. FAISS' real GPU indexes are played by its CPU indexes."""

import logging
from collections.abc import Callable
from typing import Any

import pytest

from infra.faiss import gpu, search
from infra.faiss.library import Index, Library, Parameters, Rows
from infra.faiss.settings import FaissSettings
from ingest.ports import Vectors
from retrieval.model import Selection
from tests.unit.infra.faiss.conftest import Open
from tests.unit.infra.faiss.samples import EVERYTHING, axis, entries, entry, ids, random_vectors


class Copy:
    """Searches all rows, takes no filter, and may break."""

    def __init__(self, index: Index, dimension: int, blocks: Callable[[], Any]) -> None:
        self._index, self.ntotal = index, index.ntotal
        self.searches, self.broken = 0, False
        assert sum(len(block) for block in blocks()) == index.ntotal
        assert dimension == 8

    def search(self, queries: Vectors, k: int, *, params: Parameters = None) -> tuple[Vectors, Rows]:
        assert params is None
        if self.broken:
            raise RuntimeError("CUDA error: out of memory")
        self.searches += 1
        return self._index.search(queries, k)


class WithGpu(Library):
    """A machine with one GPU."""

    copy: Copy | None = None
    full = False

    def gpus(self) -> int:
        return 1

    def on_gpu(self, kind: str, index: Index, dimension: int, blocks: Callable[[], Any]) -> Index:
        if self.full:
            raise RuntimeError("out of memory")
        self.copy = Copy(index, dimension, blocks)
        return self.copy  # type: ignore[return-value]


@pytest.fixture(autouse=True)
def _no_shortcut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "GATHERED", 0)


def test_without_a_gpu_it_is_said_once(opened: Open, caplog: pytest.LogCaptureFixture) -> None:
    index = opened()
    with caplog.at_level(logging.INFO):
        for number in range(3):
            index.upsert(entries([number]), random_vectors(1))
            index.compact()
            assert len(index.search(axis(0), EVERYTHING, 5)) == number + 1
    assert [record.getMessage() for record in caplog.records] == ["FAISS searches on the CPU"]


def test_a_gpu_that_is_not_wanted_is_not_looked_for(opened: Open, caplog: pytest.LogCaptureFixture) -> None:
    library = WithGpu()
    index = opened(FaissSettings(gpu=False), library=library)
    index.upsert(entries(range(9)), random_vectors(9))
    index.compact()
    with caplog.at_level(logging.INFO):
        assert len(index.search(axis(0), EVERYTHING, 5)) == 5
    assert (library.copy, caplog.records) == (None, [])


def test_the_gpu_finds_the_same(opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    library = WithGpu()
    index, plain = opened(FaissSettings(kind="exact"), library=library), opened(FaissSettings(kind="exact"))
    chunks = [entry(number, collection_id=1 + (number % 10 == 0)) for number in range(400)]
    index.upsert(chunks, random_vectors(400))
    index.compact()
    index.delete(range(3))
    for selection, most in ((EVERYTHING, 2_048), (Selection((1,)), 2_048), (Selection((2,)), 200)):
        monkeypatch.setattr(gpu, "MOST_HITS", most)
        before = library.copy.searches if library.copy else 0
        assert index.search(axis(0), selection, 10) == plain.search(axis(0), selection, 10)
        assert library.copy is not None
        assert (library.copy.searches > before) == (most == 2_048)
    assert index.kind == "FAISS exact on the GPU"
    index.compact()
    assert index.kind == "FAISS exact on the GPU"
    assert library.copy is not None
    assert library.copy.ntotal == index.count() == 397


@pytest.mark.parametrize("full", [True, False])
def test_a_gpu_that_fails_is_left_alone(opened: Open, caplog: pytest.LogCaptureFixture, full: bool) -> None:
    library = WithGpu()
    library.full = full
    index = opened(FaissSettings(kind="exact"), library=library)
    index.upsert(entries(range(9)), random_vectors(9))
    index.compact()
    assert index.kind == ("FAISS exact" if full else "FAISS exact on the GPU")
    if library.copy:
        library.copy.broken = True
    caplog.clear()
    with caplog.at_level(logging.INFO):
        for _ in range(3):
            assert len(ids(index.search(axis(0), EVERYTHING, 5))) == 5
    assert [record.getMessage() for record in caplog.records] == ([] if full else ["FAISS searches on the CPU"])
    assert index.kind == "FAISS exact"


def test_a_graph_stays_on_the_cpu(opened: Open) -> None:
    library = WithGpu()
    index = opened(FaissSettings(kind="HNSW"), library=library)
    index.upsert(entries(range(9)), random_vectors(9))
    index.compact()
    assert len(index.search(axis(0), EVERYTHING, 5)) == 5
    assert (index.kind, library.copy) == ("FAISS HNSW", None)
