"""The index on Milvus Lite and on a real server."""

import threading
from datetime import timedelta

import numpy as np
import pytest

from infra.milvus import index as module
from infra.milvus import partitions, vectors
from infra.milvus import search as searching
from infra.milvus.connection import Connection
from infra.milvus.errors import Gone
from infra.milvus.index import MilvusIndex
from infra.milvus.settings import IndexSettings
from ingest.errors import InvalidVectors, Permanent, StoreMismatch
from retrieval.model import Selection
from tests.unit.infra.milvus.conftest import made
from tests.unit.infra.milvus.material import ALL, DIMENSION, MOMENT, directions, drawn, entry, first_axis, three

AWKWARD = [
    'a"b', "a'b", "a\\b", "a\\", '\\"', "é漢字🎉", "50%", "a_b", "line\nline", "tab\ttab", "\r", "\x01\x7f", "{t}",
    "' or 1==1 or '", '"] or chunk_id > 0 or array_contains_all(tags, ["', "", " ", "\\n", "\\u0041", "\u2028",
]  # fmt: skip


def found(index: MilvusIndex, selection: Selection = ALL, k: int = 10) -> list[int]:
    return [one.chunk_id for one in index.search(first_axis(), selection, k)]


def test_nothing_is_found_in_an_empty_index(index: MilvusIndex) -> None:
    assert found(index) == []
    assert index.count() == 0
    assert index.kind == "Milvus HNSW"


def test_the_nearest_come_first_with_their_cosine(index: MilvusIndex) -> None:
    index.upsert([entry(number) for number in range(1, 6)], directions(5))
    hits = index.search(first_axis(), ALL, 3)
    assert [one.chunk_id for one in hits] == [1, 2, 3]
    assert [one.score for one in hits] == pytest.approx([1.0, np.cos(0.375), np.cos(0.75)], abs=2e-6)
    assert index.search(-first_axis(), ALL, 10)[-1].score == -1.0


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        (ALL, {1, 2, 3}),
        (Selection((2,)), {2}),
        (Selection((1, 2), (10, 30)), {1, 3}),
        (Selection((1, 2), file_types=("md", "txt")), {2, 3}),
        (Selection((1, 2), tags=("x",)), {1, 2}),
        (Selection((1, 2), tags=("y", "x")), {2}),
        (Selection((1, 2), tags=("z",)), set()),
        (Selection((1, 2), uploaded_from=MOMENT + timedelta(days=1)), {2, 3}),
        (Selection((1, 2), uploaded_to=MOMENT + timedelta(days=1)), {1}),
        (Selection((1, 2), uploaded_from=MOMENT, uploaded_to=MOMENT + timedelta(microseconds=1)), {1}),
        (Selection((1, 2), uploaded_from=MOMENT + timedelta(microseconds=1), tags=("x",)), {2}),
        (Selection((1,), (10, 20), ("pdf",), ("x",), MOMENT, MOMENT + timedelta(days=1)), {1}),
        (Selection((9,)), set()),
        (Selection((1, 2), (99,)), set()),
    ],
)
def test_filters(index: MilvusIndex, selection: Selection, expected: set[int]) -> None:
    index.upsert(three(), directions(3))
    assert set(found(index, selection)) == expected


@pytest.mark.parametrize("selection", [Selection(()), Selection((1,), ())])
def test_an_empty_selection_asks_nobody(
    index: MilvusIndex, selection: Selection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Connection, "run", None)
    assert found(index, selection) == []


def test_awkward_texts_are_kept_and_filtered_exactly(index: MilvusIndex) -> None:
    entries = [entry(number, tags=[text], file_type=text) for number, text in enumerate(AWKWARD)]
    index.upsert(entries, drawn(len(AWKWARD)))
    for number, text in enumerate(AWKWARD):
        assert found(index, Selection((1,), tags=(text,))) == [number], repr(text)
        assert found(index, Selection((1,), file_types=(text,))) == [number], repr(text)


def test_long_lists(index: MilvusIndex) -> None:
    index.upsert(three(), directions(3))
    assert found(index, Selection((1, 2), tuple(range(20, 20_020)))) == [2, 3]


@pytest.mark.parametrize("few", [1_000, 0])
def test_ties_are_cut_by_chunk_id(index: MilvusIndex, few: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searching, "FEW", few)
    index.upsert([entry(number) for number in range(30, 0, -1)], np.repeat(directions(1), 30, axis=0))
    assert found(index, k=12) == list(range(1, 13))


@pytest.mark.parametrize("few", [1_000, 0])
def test_a_narrow_filter_finds_exactly_the_nearest(
    index: MilvusIndex, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searching, "FEW", few)
    rows = drawn(1_500)
    index.upsert([entry(number, document=number % 100) for number in range(1_500)], rows)
    question = drawn(1, seed=5)[0]
    few_rows = np.arange(1_500)[np.arange(1_500) % 100 == 7]
    expected = few_rows[np.argsort(-(rows[few_rows] @ question))]
    hits = index.search(question, Selection((1,), (7,)), 5)
    assert [one.chunk_id for one in hits] == expected[:5].tolist()
    assert len(index.search(question, Selection((1,), (7,)), 100)) == 15


def test_a_large_k_gives_all(index: MilvusIndex) -> None:
    index.upsert(three(), directions(3))
    assert found(index, k=100_000) == [1, 2, 3]


def test_what_is_written_replaces_what_was_there(index: MilvusIndex) -> None:
    index.upsert(three(), directions(3))
    index.upsert([entry(1, document=40, collection=3, tags=["new"])], directions(3)[2:])
    assert index.count() == 3
    assert found(index, Selection((3,), (40,), tags=("new",))) == [1]
    assert found(index, Selection((1, 2))) == [2, 3]


def test_deletion_is_final_at_once(index: MilvusIndex) -> None:
    for round_ in range(2):
        index.upsert(three(), directions(3))
        assert found(index) == [1, 2, 3], round_
        index.delete([1, 99, 1])
        assert found(index) == [2, 3], round_
        index.delete_document(20)
        assert (found(index), index.count()) == ([3], 1), round_
        index.clear()
        assert (found(index), index.count()) == ([], 0), round_
    index.delete([])
    index.upsert([], directions(0))


def test_a_long_write_and_a_long_deletion_are_cut(index: MilvusIndex, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vectors, "MOST_ROWS", 100)
    monkeypatch.setattr(module, "MOST_IDS", 100)
    index.upsert([entry(number) for number in range(450)], drawn(450))
    assert index.count() == 450
    index.delete(range(440))
    assert sorted(found(index, k=20)) == list(range(440, 450))


@pytest.mark.parametrize("wrong", ["dimension", "nan", "inf", "zero"])
def test_vectors_that_cannot_be_compared_are_refused_before_anything_is_sent(index: MilvusIndex, wrong: str) -> None:
    given = directions(3)
    if wrong == "dimension":
        given = drawn(3, dimension=DIMENSION + 1)
    else:
        given[1] = {"nan": np.nan, "inf": np.inf, "zero": 0.0}[wrong]
    with pytest.raises(InvalidVectors):
        index.upsert(three(), given)
    with pytest.raises(InvalidVectors):
        index.search(given[1], ALL, 3)
    assert index.count() == 0


def test_two_writers_at_once(index: MilvusIndex, connection: Connection) -> None:
    rows = drawn(600)

    def write(writer: int) -> None:
        own = MilvusIndex(connection, "tests", DIMENSION)
        for start in range(0, 300, 60):
            numbers = range(writer * 300 + start, writer * 300 + start + 60)
            own.upsert([entry(number, document=writer) for number in numbers], rows[list(numbers)])
            own.upsert([entry(10_000 + start, document=writer)], rows[:1])
            own.delete([writer * 300 + start])

    threads = [threading.Thread(target=write, args=(writer,)) for writer in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert index.count() == 600 - 10 + 5
    assert len(index.search(rows[0], ALL, 1_000)) == 595


def test_a_built_index_finds_what_was_written_before_and_after(
    index: MilvusIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searching, "FEW", 0)
    rows = drawn(1_500)
    index.upsert([entry(number) for number in range(1_499)], rows[:1_499])
    index.finish()
    index.upsert([entry(1_499)], rows[1_499:])
    index.delete([7])
    for number in (3, 1_499):
        assert index.search(rows[number], ALL, 300)[0].chunk_id == number
    assert index.search(rows[7], ALL, 300)[0].chunk_id != 7
    assert index.count() == 1_499


def test_knobs_change_without_a_rebuild(index: MilvusIndex) -> None:
    index.upsert(three(), directions(3))
    index.tune(ef=512, nprobe=4)
    assert found(index) == [1, 2, 3]
    with pytest.raises(Permanent, match="ef"):
        index.tune(ef=0)


@pytest.mark.parametrize("kind", ["HNSW", "IVF_FLAT", "IVF_SQ8", "AUTOINDEX"])
def test_each_type_searches(connection: Connection, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searching, "FEW", 0)
    index = made(connection, f"tests_{kind}", IndexSettings(kind))  # type: ignore[arg-type]
    index.upsert([entry(number) for number in range(1, 51)], directions(50))
    assert found(index, k=5) == [1, 2, 3, 4, 5]
    index.drop()
    with pytest.raises(Gone, match="rebuild-index"):
        index.search(first_axis(), ALL, 3)


def test_a_collection_that_is_gone_is_said(connection: Connection) -> None:
    lost = MilvusIndex(connection, "lost", DIMENSION)
    for attempt in (
        lambda: lost.upsert(three(), directions(3)),
        lambda: lost.delete([1]),
        lambda: lost.delete_document(1),
        lost.clear,
        lost.count,
        lambda: found(lost),
    ):
        with pytest.raises(Gone, match="rebuild-index"):
            attempt()


def test_another_dimension_or_type_is_refused(index: MilvusIndex, connection: Connection) -> None:
    with pytest.raises(StoreMismatch):
        MilvusIndex(connection, "tests", DIMENSION + 1).create()
    with pytest.raises(Permanent, match="switch-index"):
        MilvusIndex(connection, "tests", DIMENSION, IndexSettings("IVF_FLAT")).create()


def test_a_scope_reads_the_parts_that_hold_it_only(
    index: MilvusIndex, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    index.upsert([entry(number, collection=number) for number in range(1, 40)], drawn(39))
    assert set(found(index, Selection((3, 4)))) == {3, 4}
    assert set(found(index, Selection((3, 19, 35)))) == {3, 19, 35}
    if not connection.parts:
        return
    held = connection.run(
        lambda client: client.query("tests", filter="chunk_id > 0", partition_names=["collections_3"])
    )
    assert {row["chunk_id"] for row in held} == {3, 19, 35}
    monkeypatch.setattr(partitions, "of", lambda collections: ["collections_4"])
    assert set(found(index, Selection((3, 4)))) == {4}


def test_a_chunk_that_moves_to_another_collection_leaves_nothing_behind(index: MilvusIndex) -> None:
    for collection in (1, 2, 18, 2):
        index.upsert([entry(5, collection=collection), entry(6, collection=1)], directions(2))
        assert index.count() == 2
        assert found(index, Selection((collection,)), 1) == [5]
    assert found(index, Selection((1, 18))) == [6]
    index.delete([5])
    assert found(index, Selection(tuple(range(1, 30)))) == [6]
