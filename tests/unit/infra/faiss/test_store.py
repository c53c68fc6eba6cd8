"""Indexes on FAISS, each in a folder of its own."""

from pathlib import Path

import pytest

from infra.faiss.errors import Gone
from infra.faiss.store import FaissStore
from ingest.errors import Permanent
from retrieval.indexes import IndexChoice, IndexRecord
from tests.unit.infra.faiss.samples import DIMENSION, EVERYTHING, axis, entries, ids, random_vectors


def choice(kind: str = "IVF-PQ", /, **settings: int | float | str) -> IndexChoice:
    return IndexChoice("faiss", kind, tuple(sorted(settings.items())))


def record(name: str, kind: str = "HNSW") -> IndexRecord:
    return IndexRecord(7, name, choice(kind), DIMENSION)


@pytest.fixture
def store(tmp_path: Path) -> FaissStore:
    return FaissStore(tmp_path / "indexes")


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (choice("IVF_PQ"), "Choose one of"),
        (choice(uri="http://127.0.0.1"), "no setting 'uri'"),
        (choice(ef="many"), "whole number"),
        (choice(gpu=2), "0 or 1"),
        (choice(gpu="no"), "0 or 1"),
        (choice(pq_parts=3), "must divide"),
        (choice(nprobe=0), "nprobe of the FAISS index is 0"),
        (choice(candidates="all"), "candidates"),
    ],
    ids=str,
)
def test_choices_that_make_no_index_are_refused(store: FaissStore, wrong: IndexChoice, words: str) -> None:
    with pytest.raises(Permanent, match=words):
        store.check(wrong, DIMENSION)


def test_right_choices_are_taken(store: FaissStore) -> None:
    for right in (choice(), choice("exact", few=0), choice(gpu=0, verify=1, candidates=50)):
        store.check(right, DIMENSION)
    assert store.default_kind(DIMENSION) == "IVF-PQ"


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"nprobe": 2, "ef": 9, "depth": 9, "few": 0, "threads": 2, "gpu": 0, "candidates": 9}, True), ({}, True),
        ({"links": 8}, False), ({"ef_construction": 9}, False), ({"nlist": 4}, False), ({"pq_parts": 2}, False),
    ],
    ids=str,
)  # fmt: skip
def test_only_what_a_base_is_made_with_needs_a_new_index(
    store: FaissStore, changed: dict[str, int], expected: bool
) -> None:
    assert store.searches_only(choice(), choice(**changed)) is expected
    assert not store.searches_only(choice("exact"), choice("HNSW"))


def test_an_index_is_made_found_again_and_removed_with_its_folder(store: FaissStore) -> None:
    store.drop(record("one"))
    assert not store.folder.exists()
    for name in ("one", "two"):
        store.create(record(name))
        store.create(record(name))
    with store.open(record("one")) as index:
        index.upsert(entries(range(5)), random_vectors(5))
        index.settle()
    with store.open(record("one")) as index:
        assert index.count() == 5
        assert len(ids(index.search(axis(0), EVERYTHING, 9))) == 5
    store.drop(record("one"))
    store.drop(record("one"))
    assert [one.name for one in store.folder.iterdir()] == ["two"]


def test_who_still_reads_a_removed_index_takes_its_files_along(store: FaissStore) -> None:
    store.create(record("one"))
    with store.open(record("one")) as index:
        index.upsert(entries(range(5)), random_vectors(5))
        index.settle()
        assert index.count() == 5
        store.drop(record("one"))
        with pytest.raises(Gone):
            index.search(axis(0), EVERYTHING, 3)
    assert list(store.folder.iterdir()) == []


def test_it_tells_what_its_files_take(tmp_path: Path) -> None:
    store, record = FaissStore(tmp_path), IndexRecord(1, "chunk_vectors_1", choice("HNSW"), DIMENSION)
    assert store.bytes(record) == 0
    store.create(record)
    assert (store.bytes(record) or 0) > 0
