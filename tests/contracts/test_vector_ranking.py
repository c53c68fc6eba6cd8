"""The contract of `VectorRanking`."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from ingest.model import Scope
from retrieval.model import Filters
from tests.contracts.stores import DIMENSION, ME, Store, directions, first_axis

FILTERS = [
    (Filters(documents=("a.pdf",)), {"a"}),
    (Filters(documents=("a.pdf", "b.md")), {"a", "b"}),
    (Filters(collections=("hr",)), {"a", "c"}),
    (Filters(file_types=("md",)), {"b"}),
    (Filters(file_types=("md", "txt")), {"b", "c"}),
    (Filters(tags=("x",)), {"a", "b"}),
    (Filters(tags=("x", "y")), {"b"}),
    (Filters(collections=("hr",), file_types=("pdf",), tags=("x",), documents=("a.pdf",)), {"a"}),
    (Filters(collections=("hr",), file_types=("md",)), set()),
    (Filters(documents=("nothing.pdf",)), set()),
    (Filters(uploaded_from=datetime(2000, 1, 1, tzinfo=UTC)), {"a", "b", "c"}),
    (Filters(uploaded_from=datetime(2100, 1, 1, tzinfo=UTC)), set()),
    (Filters(uploaded_to=datetime(2000, 1, 1, tzinfo=UTC)), set()),
    (Filters(uploaded_to=datetime(2100, 1, 1, tzinfo=UTC), tags=("y",)), {"b"}),
]


def fill(store: Store) -> None:
    store.add("a.pdf", ["word alpha"], collection="hr", tags=["x"])
    store.add("b.md", ["word bravo"], collection="it", file_type="md", tags=["x", "y"])
    store.add("c.txt", ["word charlie"], collection="hr", file_type="txt")


def found(store: Store, filters: Filters = Filters(), scope: Scope = ME, k: int = 10) -> list[str]:
    hits = store.vectors.search(first_axis(), scope, filters, k)
    return [one.text for one in store.passages.passages([hit.chunk_id for hit in hits], scope)]


def letters(texts: Iterable[str]) -> set[str]:
    """Which of the three documents of `fill` the texts come from."""
    return {text.removeprefix("word ")[0] for text in texts}


def test_nothing_is_found_in_an_empty_store(store: Store) -> None:
    assert store.vectors.search(first_axis(), ME, Filters(), 5) == []


def test_the_nearest_come_first_with_their_cosine(store: Store) -> None:
    store.add("a.pdf", [f"text {number}" for number in range(5)])
    hits = store.vectors.search(first_axis(), ME, Filters(), 3)
    assert found(store, k=3) == ["text 0", "text 1", "text 2"]
    assert [one.score for one in hits] == pytest.approx([1.0, np.cos(0.375), np.cos(0.75)], abs=2e-3)


def test_more_than_there_are_gives_all(store: Store) -> None:
    store.add("a.pdf", ["one", "two"])
    assert found(store, k=1_000) == ["one", "two"]


def test_ties_are_broken_by_chunk_id(store: Store) -> None:
    same = np.repeat(directions(1), 30, axis=0)
    store.add("a.pdf", [f"text {number}" for number in range(30)], same)
    ids = [one.chunk_id for one in store.vectors.search(first_axis(), ME, Filters(), 12)]
    everything = sorted(one.chunk_id for one in store.vectors.search(first_axis(), ME, Filters(), 30))
    assert ids == everything[:12]


@pytest.mark.parametrize(("filters", "expected"), FILTERS)
def test_filters(store: Store, filters: Filters, expected: set[str]) -> None:
    fill(store)
    assert letters(found(store, filters)) == expected


def test_an_upload_is_in_the_half_open_interval_that_begins_with_it(store: Store) -> None:
    moment = store.library.version(store.add("a.pdf", ["a"]).version_id, ME).uploaded_at
    assert found(store, Filters(uploaded_from=moment, uploaded_to=moment + timedelta(microseconds=1))) == ["a"]
    assert found(store, Filters(uploaded_to=moment)) == []
    assert found(store, Filters(uploaded_from=moment + timedelta(microseconds=1))) == []


def test_a_scope_sees_its_collections_only(store: Store) -> None:
    fill(store)
    store.restrict("hr", ["group:people"])
    assert letters(found(store)) == {"b"}
    assert letters(found(store, scope=Scope("ann", frozenset({"people"})))) == {"a", "b", "c"}
    assert found(store, Filters(collections=("hr",))) == []


def test_a_filter_does_not_hide_what_lies_far_away(store: Store) -> None:
    rng = np.random.default_rng(7)
    near = rng.normal(size=(300, DIMENSION)).astype(np.float32) * 0.01 + first_axis()
    store.add("near.pdf", [f"near {number}" for number in range(300)], near)
    store.add("far.pdf", ["far"], -directions(1))
    assert found(store, Filters(documents=("far.pdf",)), k=1) == ["far"]


def test_a_filter_that_admits_one_in_a_hundred_finds_exactly_the_nearest(store: Store) -> None:
    rng = np.random.default_rng(11)
    rows = rng.normal(size=(1_200, DIMENSION)).astype(np.float32)
    rows = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float16).astype(np.float32)
    texts = [str(number) for number in range(1_200)]
    store.add("many.pdf", texts[12:], rows[12:], tags=["common"])
    store.add("few.pdf", texts[:12], rows[:12], tags=["common", "rare"])
    question = rng.normal(size=DIMENSION).astype(np.float32)
    order = [texts[place] for place in np.argsort(-(rows[:12] @ question))]
    for filters in (Filters(tags=("rare",)), Filters(documents=("few.pdf",))):
        hits = store.vectors.search(question / np.linalg.norm(question), ME, filters, 5)
        assert [one.text for one in store.passages.passages([hit.chunk_id for hit in hits], ME)] == order[:5]
    assert len(store.vectors.search(question / np.linalg.norm(question), ME, Filters(tags=("rare",)), 100)) == 12


def test_deletion_is_final_at_once(store: Store) -> None:
    fill(store)
    store.library.delete(store.library.find("a.pdf", ME).document_id, ME)
    assert letters(found(store)) == {"b", "c"}
