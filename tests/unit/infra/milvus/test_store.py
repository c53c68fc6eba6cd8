"""Where indexes on Milvus are, and what of a choice they are made from."""

from pathlib import Path

import pytest

from infra.milvus.errors import Gone
from infra.milvus.store import MilvusStore
from ingest.errors import Permanent, Transient
from retrieval.indexes import IndexChoice, IndexRecord
from tests.unit.infra.milvus.material import ALL, DIMENSION, directions, first_axis, three


def choice(kind: str = "HNSW", /, **settings: int | float | str) -> IndexChoice:
    return IndexChoice("milvus", kind, tuple(sorted(settings.items())))


@pytest.fixture
def store(tmp_path: Path) -> MilvusStore:
    """With a setting for a server that nobody has."""
    return MilvusStore(tmp_path, "http://127.0.0.1:1", token="root:secret", database="other")


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (choice("SCANN"), "Choose one of"),
        (choice(depth=3), "no setting 'depth'"),
        (choice(ef="many"), "whole number"),
        (choice(ef=0), "ef of the Milvus index is 0"),
        (choice("IVF_PQ", pq_parts=3), "must divide 8"),
        (choice(uri="ftp://milvus"), "http://host:port"),
        (choice(uri=""), "http://host:port"),
        (choice(uri="https://ann:secret@milvus"), "FOOTNOTE_MILVUS_TOKEN"),
        (choice(candidates=0), "candidates"),
    ],
    ids=str,
)
def test_choices_that_make_no_index_are_refused(store: MilvusStore, wrong: IndexChoice, words: str) -> None:
    with pytest.raises(Permanent, match=words) as raised:
        store.check(wrong, DIMENSION)
    assert "secret" not in str(raised.value)


def test_right_choices_are_taken(store: MilvusStore) -> None:
    for right in (choice(), choice("IVF_PQ", pq_parts=2, candidates=50), choice(uri="lite", ef=9, links=8)):
        store.check(right, DIMENSION)
    assert store.default_kind(DIMENSION) == "HNSW"


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"ef": 64}, True), ({"nprobe": 2}, True), ({"candidates": 200}, True), ({}, True),
        ({"links": 8}, False), ({"ef_construction": 9}, False), ({"uri": "elsewhere"}, False),
        ({"uri": "http://127.0.0.1:1"}, True),
    ],
    ids=str,
)  # fmt: skip
def test_only_knobs_of_the_search_need_no_new_index(
    store: MilvusStore, changed: dict[str, int | str], expected: bool
) -> None:
    assert store.searches_only(choice(ef=100), choice(**{"ef": 100, **changed})) is expected
    assert not store.searches_only(choice("IVF_FLAT"), choice("IVF_SQ8"))


def test_settings_for_servers_do_not_concern_a_folder(tmp_path: Path) -> None:
    pytest.importorskip("milvus_lite")
    store = MilvusStore(tmp_path, "http://127.0.0.1:1", "root:secret", tmp_path / "none.pem", "name", "other")
    record = IndexRecord(7, "footnote_7_x", choice(uri="lite"), DIMENSION)
    store.drop(record)
    store.create(record)
    store.create(record)
    with store.open(record) as index:
        index.upsert(three(), directions(3))
    with store.open(record) as index:
        assert index.count() == 3
        assert [one.chunk_id for one in index.search(first_axis(), ALL, 2)] == [1, 2]
        assert (tmp_path / "lite").is_dir()
    store.drop(record)
    store.drop(record)
    with store.open(record) as index, pytest.raises(Gone, match="rebuild-index"):
        index.count()
    with pytest.raises(Permanent, match="no certificate file"):
        store.check(choice(uri="https://127.0.0.1:1"), DIMENSION)


def test_a_folder_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    store = MilvusStore(tmp_path, "file")
    with pytest.raises(Permanent, match="cannot be used for Milvus Lite"):
        store.reach(choice())


def test_a_server_that_is_away_is_told_before_anything_is_registered(tmp_path: Path) -> None:
    with pytest.raises(Transient, match="not reachable"):
        MilvusStore(tmp_path, "http://127.0.0.1:1").reach(choice())
