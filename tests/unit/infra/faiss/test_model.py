"""Any sequence of changes leaves what a plain dictionary holds, in every process, before and after a compaction."""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from unittest import mock

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.faiss import search
from infra.faiss.index import FaissIndex
from infra.faiss.settings import FaissSettings, Kind
from infra.faiss.vectors import stored
from ingest.ports import Vectors
from retrieval.model import IndexEntry, Selection
from tests.unit.infra.faiss.samples import DIMENSION, entry, random_vectors

VECTORS = np.concatenate([random_vectors(6), random_vectors(6), -random_vectors(2)])
CHUNKS = st.integers(0, 15)
ENTRIES = st.builds(
    entry,
    CHUNKS,
    st.integers(1, 3),
    st.integers(1, 2),
    st.sampled_from(["pdf", "md"]),
    st.sampled_from([(), ("x",), ("x", "y")]),
    st.integers(0, 3),
)
CHANGES = st.one_of(
    st.tuples(st.just("upsert"), st.lists(st.tuples(ENTRIES, st.integers(0, len(VECTORS) - 1)), max_size=8)),
    st.tuples(st.just("delete"), st.lists(CHUNKS, max_size=5)),
    st.tuples(st.just("delete_document"), st.integers(1, 3)),
    st.tuples(st.sampled_from(["compact", "reopen", "clear", "look"]), st.none()),
)
SELECTIONS = st.builds(
    Selection,
    st.lists(st.integers(1, 3), max_size=2).map(tuple),
    st.none() | st.lists(st.integers(1, 4), max_size=2).map(tuple),
    st.sampled_from([(), (), ("pdf",), ("pdf", "md")]),
    st.sampled_from([(), (), ("x",), ("y", "x")]),
    st.none() | st.integers(0, 4).map(lambda days: entry(1, days=days).uploaded_at),
    st.none() | st.integers(0, 4).map(lambda days: entry(1, days=days).uploaded_at),
)


@dataclass
class Model:
    """What an index should hold."""

    rows: dict[int, tuple[IndexEntry, Vectors]] = field(default_factory=dict)

    def apply(self, change: str, value: object) -> None:
        if change == "upsert":
            self.rows.update({one.chunk_id: (one, VECTORS[number]) for one, number in value})  # type: ignore[attr-defined]
        elif change == "delete":
            self._keep(lambda one: one.chunk_id not in value)  # type: ignore[operator]
        elif change == "delete_document":
            self._keep(lambda one: one.document_id != value)
        elif change == "clear":
            self.rows = {}

    def nearest(self, query: Vectors, selection: Selection, k: int) -> list[tuple[float, int]]:
        """Negative similarities and chunk ids, the best first."""
        found = [(one.chunk_id, cosine(vector, query)) for one, vector in self.rows.values() if admits(selection, one)]
        return sorted((round(-score, 9), chunk_id) for chunk_id, score in found)[:k]

    def _keep(self, wanted: Callable[[IndexEntry], bool]) -> None:
        self.rows = {chunk_id: row for chunk_id, row in self.rows.items() if wanted(row[0])}


def cosine(vector: Vectors, query: Vectors) -> float:
    """Of a vector as it is stored."""
    one, other = stored(vector).astype(float), query.astype(float)
    return float(one @ other / np.linalg.norm(one) / np.linalg.norm(other))


def admits(selection: Selection, one: IndexEntry) -> bool:
    return (
        one.collection_id in selection.collections
        and (selection.documents is None or one.document_id in selection.documents)
        and (not selection.file_types or one.file_type in selection.file_types)
        and set(selection.tags) <= set(one.tags)
        and (selection.uploaded_from is None or one.uploaded_at >= selection.uploaded_from)
        and (selection.uploaded_to is None or one.uploaded_at < selection.uploaded_to)
    )


def apply(index: FaissIndex, change: str, value: object) -> None:
    if change == "upsert":
        index.upsert([one for one, _ in value], VECTORS[[number for _, number in value]])  # type: ignore[attr-defined]
    elif change in ("delete", "delete_document"):
        getattr(index, change)(value)
    else:
        {"compact": index.compact, "reopen": index.close, "clear": index.clear, "look": index.count}[change]()


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.tuples(st.booleans(), CHANGES), max_size=14),
    st.lists(SELECTIONS, min_size=1, max_size=4),
    st.sampled_from(["exact", "HNSW"]),
    st.sampled_from([0, 300]),
)
def test_an_index_is_a_dictionary(
    changes: list[tuple[bool, tuple[str, object]]], selections: list[Selection], kind: Kind, gathered: int
) -> None:
    model, query = Model(), random_vectors(1, seed=9)[0]
    with tempfile.TemporaryDirectory() as folder, mock.patch.object(search, "GATHERED", gathered):
        indexes = [FaissIndex(Path(folder), DIMENSION, FaissSettings(kind=kind, few=0)) for _ in range(2)]
        indexes[0].create()
        for first, (change, value) in changes:
            model.apply(change, value)
            apply(indexes[first], change, value)
        for index in indexes:
            assert index.count() == len(model.rows)
            for selection in (*selections, Selection((1, 2))):
                hits = index.search(query, selection, 5)
                assert [(round(-hit.score, 9), hit.chunk_id) for hit in hits] == model.nearest(query, selection, 5)
            index.close()
