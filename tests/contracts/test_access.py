"""The contracts of `Access` and `ExactScores`."""

import dataclasses
from datetime import UTC, datetime

import pytest

from ingest.model import Scope
from retrieval.model import Filters, Selection
from tests.contracts.stores import ME, Store, directions, first_axis
from tests.contracts.test_vector_ranking import fill

PEOPLE = Scope("ann", frozenset({"people"}))


def test_an_empty_store_has_nothing_to_find(store: Store) -> None:
    assert store.access.select(ME, Filters()).empty


def test_without_filters_all_readable_collections_may_be_searched(store: Store) -> None:
    fill(store)
    found = store.access.select(ME, Filters())
    assert len(found.collections) == 2
    assert found == Selection(found.collections)
    assert found.collections == tuple(sorted(found.collections))


def test_names_become_ids(store: Store) -> None:
    fill(store)
    ids = {one.name: one.document_id for one in store.library.versions(ME)}
    found = store.access.select(ME, Filters(documents=("c.txt", "a.pdf", "none"), collections=("hr", "none")))
    assert found.documents == tuple(sorted((ids["a.pdf"], ids["c.txt"])))
    assert len(found.collections) == 1
    assert store.access.select(ME, Filters(documents=("b.md",), collections=("hr",))).empty
    assert store.access.select(ME, Filters(documents=("none",))).documents == ()


def test_a_scope_sees_its_collections_only(store: Store) -> None:
    fill(store)
    store.restrict("hr", ["group:people"])
    everything = store.access.select(PEOPLE, Filters())
    assert len(store.access.select(ME, Filters()).collections) == 1
    assert len(everything.collections) == 2
    assert store.access.select(ME, Filters(collections=("hr",))).empty
    assert store.access.select(ME, Filters(documents=("a.pdf",))).empty


def test_the_other_filters_are_kept(store: Store) -> None:
    fill(store)
    limits = {
        "file_types": ("pdf", "md"),
        "tags": ("x",),
        "uploaded_from": datetime(2026, 1, 1, tzinfo=UTC),
        "uploaded_to": datetime(2027, 1, 1, tzinfo=UTC),
    }
    found = store.access.select(ME, Filters(**limits))  # type: ignore[arg-type]
    assert {name: getattr(found, name) for name in limits} == limits


def test_candidates_are_ranked_exactly(store: Store) -> None:
    store.add("a.pdf", ["one", "two", "three", "four"], directions(4))
    ids = [one.chunk_id for one in store.vectors.search(first_axis(), ME, Filters(), 10)]
    selection = store.access.select(ME, Filters())
    found = store.exact.rescore(first_axis(), [ids[3], ids[1], ids[2], 987_654, ids[1]], selection, 2, 0)
    assert [one.chunk_id for one in found] == ids[1:3]
    assert [one.score for one in found] == pytest.approx([0.8776, 0.5403], abs=2e-3)


def test_what_is_not_admitted_or_gone_is_left_out(store: Store) -> None:
    receipt = store.add("a.pdf", ["one"], tags=["x"])
    store.add("b.pdf", ["two"])
    ids = [one.chunk_id for one in store.vectors.search(first_axis(), ME, Filters(), 10)]
    everything = store.access.select(ME, Filters())
    tagged = dataclasses.replace(everything, tags=("x",))
    assert len(store.exact.rescore(first_axis(), ids, everything, 10, 0)) == 2
    assert len(store.exact.rescore(first_axis(), ids, tagged, 10, 0)) == 1
    assert store.exact.rescore(first_axis(), ids, Selection(()), 10, 0) == []
    store.library.delete(receipt.document_id, ME)
    assert store.exact.rescore(first_axis(), ids, tagged, 10, 0) == []


def test_few_are_compared_one_by_one(store: Store) -> None:
    store.add("a.pdf", ["one", "two", "three", "four"], directions(4), tags=["x"])
    store.add("b.pdf", ["five"])
    ids = [one.chunk_id for one in store.vectors.search(first_axis(), ME, Filters(documents=("a.pdf",)), 10)]
    everything = store.access.select(ME, Filters())
    tagged = dataclasses.replace(everything, tags=("x",))
    found = store.exact.nearest_of_few(first_axis(), tagged, 3, 4)
    assert found is not None
    assert [one.chunk_id for one in found] == ids[:3]
    assert store.exact.nearest_of_few(first_axis(), everything, 3, 4) is None
    assert store.exact.nearest_of_few(first_axis(), dataclasses.replace(everything, tags=("y",)), 3, 4) == []
    assert store.exact.nearest_of_few(first_axis(), Selection(()), 3, 4) in ([], None)


def test_everything_is_not_few(store: Store) -> None:
    store.add("a.pdf", ["one"])
    assert store.exact.nearest_of_few(first_axis(), store.access.select(ME, Filters()), 3, 9) is None


def test_few_hold_nothing_that_was_deleted(store: Store) -> None:
    receipt = store.add("a.pdf", ["one"], tags=["x"])
    store.add("b.pdf", ["two"], tags=["y"])
    tagged = dataclasses.replace(store.access.select(ME, Filters()), tags=("x",))
    assert len(store.exact.nearest_of_few(first_axis(), tagged, 3, 9) or []) == 1
    store.library.delete(receipt.document_id, ME)
    assert store.exact.nearest_of_few(first_axis(), tagged, 3, 9) == []
