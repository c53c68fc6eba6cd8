"""The port's promises where files and bases come into play."""

import re
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from infra.faiss import search
from infra.faiss.build import Build
from infra.faiss.errors import Gone
from infra.faiss.index import FaissIndex
from infra.faiss.settings import FaissSettings
from ingest.errors import InvalidVectors, Permanent, StoreMismatch, Transient
from ingest.ports import Vectors
from retrieval.model import Selection
from tests.unit.infra.faiss.conftest import Open
from tests.unit.infra.faiss.samples import (
    DAY,
    DIMENSION,
    EVERYTHING,
    axis,
    entries,
    entry,
    ids,
    random_vectors,
    unit,
)

SELECTIONS = [
    (Selection((1,)), {1, 3}),
    (Selection((1, 2)), {1, 2, 3}),
    (Selection((9,)), set()),
    (Selection(()), set()),
    (Selection((1, 2), documents=()), set()),
    (Selection((1, 2), documents=(20, 30)), {2, 3}),
    (Selection((1, 2), file_types=("md", "txt")), {2, 3}),
    (Selection((1, 2), tags=("x",)), {1, 2}),
    (Selection((1, 2), tags=("y", "x")), {2}),
    (Selection((1, 2), uploaded_from=DAY + timedelta(days=1)), {2, 3}),
    (Selection((1, 2), uploaded_to=DAY + timedelta(days=1)), {1}),
    (Selection((1, 2), uploaded_from=DAY, uploaded_to=DAY + timedelta(microseconds=1)), {1}),
    (Selection((1,), documents=(10,), file_types=("pdf",), tags=("x",), uploaded_to=DAY + timedelta(days=1)), {1}),
]


@pytest.mark.parametrize("compacted", [False, True])
@pytest.mark.parametrize(("selection", "expected"), SELECTIONS)
def test_filters_in_the_base_and_in_what_came_since(
    index: FaissIndex, selection: Selection, expected: set[int], compacted: bool
) -> None:
    index.upsert([entry(1, 10, 1, "pdf", ("x",), 0), entry(2, 20, 2, "md", ("x", "y"), 1)], random_vectors(2))
    index.upsert([entry(3, 30, 1, "txt", (), 2)], random_vectors(1))
    assert index.compact() if compacted else True
    assert set(ids(index.search(axis(0), selection, 10))) == expected


def test_what_one_process_writes_the_others_find_at_once(opened: Open) -> None:
    writer, reader = opened(), opened()
    assert reader.search(axis(0), EVERYTHING, 5) == []
    writer.upsert(entries(range(4)), random_vectors(4))
    assert reader.count() == 4
    writer.delete([1, 99])
    assert sorted(ids(reader.search(axis(0), EVERYTHING, 5))) == [0, 2, 3]
    writer.compact()
    writer.delete_document(0)
    assert reader.count() == 0
    writer.upsert(entries(range(2)), random_vectors(2))
    writer.clear()
    assert (reader.count(), reader.search(axis(0), EVERYTHING, 5)) == (0, [])


def test_an_upsert_replaces_and_the_last_of_equal_ids_counts(index: FaissIndex) -> None:
    index.upsert([entry(1), entry(2)], np.stack([axis(0), axis(1)]))
    index.compact()
    index.upsert([entry(1, tags=("old",)), entry(1, tags=("new",))], np.stack([axis(2), axis(3)]))
    assert index.count() == 2
    hits = index.search(axis(3), Selection((1,), tags=("new",)), 5)
    assert [(hit.chunk_id, hit.score) for hit in hits] == [(1, 1.0)]
    assert index.search(axis(3), Selection((1,), tags=("old",)), 5) == []


def test_a_chunk_may_move_to_another_document(index: FaissIndex) -> None:
    index.upsert([entry(1, document_id=10)], axis(0)[None])
    index.compact()
    index.upsert([entry(1, document_id=20)], axis(0)[None])
    index.delete_document(10)
    assert index.count() == 1
    index.delete_document(20)
    assert index.count() == 0


@pytest.mark.parametrize("kind", ["exact", "HNSW"])
@pytest.mark.parametrize("compacted", [False, True])
def test_ties_are_broken_by_chunk_id_however_many_there_are(
    opened: Open, monkeypatch: pytest.MonkeyPatch, kind: str, compacted: bool
) -> None:
    monkeypatch.setattr(search, "GATHERED", 0)
    index = opened(FaissSettings(kind=kind, few=0, depth=1))  # type: ignore[arg-type]
    same = np.repeat(random_vectors(1), 700, axis=0)
    index.upsert(entries(range(699, -1, -1)), same)
    index.upsert(entries([1_000]), -same[:1])
    assert index.compact() if compacted else True
    index.upsert(entries([3, 5]), same[:2])
    hits = index.search(same[0], EVERYTHING, 12)
    assert ids(hits) == list(range(12))
    assert len({hit.score for hit in hits}) == 1


def test_scores_are_cosines_and_do_not_depend_on_the_length(index: FaissIndex) -> None:
    rows = random_vectors(50)
    index.upsert(entries(range(50)), rows * np.linspace(0.1, 6e4, 50, dtype=np.float32)[:, None])
    query = random_vectors(1, seed=5)[0]
    before = index.search(query, EVERYTHING, 50)
    index.compact()
    assert index.search(query, EVERYTHING, 50) == before
    assert ids(index.search(query * 100, EVERYTHING, 50)) == ids(before)
    assert [hit.score for hit in before] == pytest.approx(sorted(rows @ query, reverse=True), abs=1e-3)


@pytest.mark.parametrize(
    "vectors",
    [
        np.zeros((2, DIMENSION)),
        np.stack([axis(0), np.zeros(DIMENSION)]),
        np.full((2, DIMENSION), np.nan),
        np.stack([axis(0), np.full(DIMENSION, np.inf)]),
        np.full((2, DIMENSION), 1e300),
        np.ones((2, DIMENSION + 1)),
        np.ones((1, DIMENSION)),
        np.ones(DIMENSION),
    ],
)
def test_wrong_vectors_are_refused_before_anything_is_written(index: FaissIndex, vectors: Vectors) -> None:
    with pytest.raises(InvalidVectors):
        index.upsert(entries(range(2)), vectors)
    assert index.count() == 0


@pytest.mark.parametrize(
    "query", [np.zeros(DIMENSION), np.full(DIMENSION, np.nan), np.ones(DIMENSION + 1), np.ones((1, DIMENSION))]
)
def test_wrong_questions_are_refused(index: FaissIndex, query: Vectors) -> None:
    with pytest.raises(InvalidVectors):
        index.search(query, EVERYTHING, 1)


def test_writing_nothing_writes_nothing(index: FaissIndex) -> None:
    index.upsert([], np.zeros((0, DIMENSION), dtype=np.float32))
    index.delete([])
    assert (index.count(), index.due, index.compact()) == (0, False, False)


def test_the_kind_tells_what_is_there_and_what_is_planned(opened: Open) -> None:
    index = opened(FaissSettings(kind="IVF-PQ"))
    assert index.kind == "FAISS exact (IVF-PQ from 9,984 chunks)"
    graph = opened(FaissSettings(kind="HNSW"))
    graph.upsert(entries(range(20)), random_vectors(20))
    assert graph.due
    assert graph.compact()
    assert (graph.kind, index.kind) == ("FAISS HNSW", "FAISS HNSW")
    assert index.due
    assert index.compact()
    assert opened(FaissSettings(kind="exact")).kind == "FAISS exact"


def test_a_base_is_due_when_much_has_changed(opened: Open) -> None:
    index = opened(FaissSettings(kind="exact", grown=10))

    def due_after(change: Callable[[], object]) -> bool:
        change()
        return index.due

    assert not due_after(lambda: index.upsert(entries(range(10)), random_vectors(10)))
    assert not due_after(lambda: index.delete([77]))
    assert due_after(lambda: index.upsert(entries([10]), random_vectors(1)))
    assert not due_after(index.settle)
    index.delete([1])
    index.settle()
    assert index.compact()  # so settling had nothing to do
    assert [due_after(lambda: index.delete_document(5)) for _ in range(11)] == [False] * 10 + [True]


def test_an_index_of_another_dimension_is_told(opened: Open) -> None:
    other = opened(dimension=16)
    for call in (
        other.create,
        other.count,
        lambda: other.delete([1]),
        lambda: other.search(axis(0, 16), EVERYTHING, 1),
    ):
        with pytest.raises(StoreMismatch):
            call()
    other.clear()
    other.upsert(entries([1]), random_vectors(1, 16))
    assert other.count() == 1
    with pytest.raises(StoreMismatch):
        opened().count()


def test_without_an_index_it_is_told_what_to_do(opened: Open, tmp_path: Path) -> None:
    index, other = opened(), opened()
    index.upsert(entries([1]), random_vectors(1))
    assert other.count() == 1
    index.drop()
    index.drop()
    for call in (index.count, other.count, other.compact, lambda: other.delete([1])):
        with pytest.raises(Gone, match="footnote db rebuild-index"):
            call()
    other.close()
    assert not list((tmp_path / "faiss").glob("generation-*"))
    index.create()
    index.create()
    assert other.count() == 0


def test_old_generations_go_when_nobody_has_them_open(opened: Open, tmp_path: Path) -> None:
    def generations() -> int:
        return len(list((tmp_path / "faiss").glob("generation-*")))

    writer, reader = opened(), opened()
    writer.upsert(entries(range(5)), random_vectors(5))
    assert (reader.count(), generations()) == (5, 1)
    writer.compact()
    assert generations() == 2
    assert (reader.count(), generations()) == (5, 1)


def test_writes_during_a_build_are_kept(opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    index, other = opened(), opened()
    index.upsert(entries(range(5)), random_vectors(5))

    def happens() -> None:
        other.upsert(entries([7]), random_vectors(1))
        other.delete([0])
        assert not other.compact()

    during(monkeypatch, happens)
    assert index.compact()
    for one in (index, other, opened()):
        assert sorted(ids(one.search(axis(0), EVERYTHING, 10))) == [1, 2, 3, 4, 7]


def test_an_index_that_is_cleared_during_a_build_stays_empty(opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    index, other = opened(), opened()
    index.upsert(entries(range(5)), random_vectors(5))
    during(monkeypatch, other.clear)
    assert not index.compact()
    assert (index.count(), opened().count()) == (0, 0)


def during(monkeypatch: pytest.MonkeyPatch, happens: Callable[[], object]) -> None:
    """Something happens when the build of a base is complete, and before it is published."""
    build = Build.write

    def write(self: Build, *arguments: object) -> None:
        build(self, *arguments)  # type: ignore[arg-type]
        monkeypatch.setattr(Build, "write", build)
        happens()

    monkeypatch.setattr(Build, "write", write)


def test_tuning_needs_no_new_base(opened: Open) -> None:
    index = opened(FaissSettings(kind="HNSW"))
    index.upsert(entries(range(20)), random_vectors(20))
    index.compact()
    index.tune(ef=32, nprobe=4, depth=50)
    assert not index.due
    assert len(index.search(axis(0), EVERYTHING, 20)) == 20
    with pytest.raises(Permanent, match=re.escape("nprobe of the FAISS index is 0; it must be 1 to 65,536")):
        index.tune(nprobe=0)


def test_text_of_any_kind_is_kept(index: FaissIndex) -> None:
    tags = ("", "é\x00\n\"'", "\ud800", "x" * 5_000)
    index.upsert([entry(1, tags=tags, file_type="p\ud800f")], axis(0)[None])
    for _ in range(2):
        hits = index.search(axis(0), Selection((1,), tags=tags[:3], file_types=("p\ud800f",)), 1)
        assert ids(hits) == [1]
        index.compact()


def test_a_folder_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Transient, match="cannot be used"):
        FaissIndex(tmp_path / "file" / "faiss", DIMENSION).create()


def test_without_the_package_it_is_told_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "faiss", None)
    with pytest.raises(Permanent, match="make stores"):
        FaissIndex(tmp_path, DIMENSION)


def test_vectors_that_float16_rounds_keep_their_order_by_the_rounded_ones(index: FaissIndex) -> None:
    query = axis(0)
    rows = unit(np.stack([query + 1e-9 * axis(1), query, query + 0.02 * axis(1)]))
    index.upsert(entries(range(3)), rows)
    assert ids(index.search(query, EVERYTHING, 3)) == [0, 1, 2]
