"""What the compressed and the graph index find of what there is, against comparing with every vector."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from infra.faiss.index import FaissIndex
from infra.faiss.settings import FaissSettings, Kind
from infra.faiss.vectors import cosines, stored
from retrieval.model import Selection
from tests.unit.infra.faiss.samples import entry, topical_vectors

pytestmark = pytest.mark.slow

COUNT, DIMENSION = 20_000, 384
SHARES = {1: 0.01, 2: 0.10, 3: 0.89}
VECTORS = topical_vectors(COUNT + 50, DIMENSION)
ROWS, QUESTIONS = VECTORS[:COUNT], VECTORS[COUNT:]
COLLECTIONS = np.random.default_rng(3).choice(list(SHARES), size=COUNT, p=list(SHARES.values()))


@pytest.fixture(scope="module", params=["IVF-PQ", "HNSW"])
def index(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FaissIndex]:
    """Searches by its index even where so few vectors would be compared one by one."""
    pytest.importorskip("faiss")
    kind: Kind = request.param
    made = FaissIndex(tmp_path_factory.mktemp("recall"), DIMENSION, FaissSettings(kind=kind, few=0))
    made.create()
    made.upsert([entry(number, collection_id=int(one)) for number, one in enumerate(COLLECTIONS)], ROWS)
    assert made.compact()
    assert made.kind == f"FAISS {kind}"
    yield made
    made.close()


def recall(index: FaissIndex, collections: tuple[int, ...], k: int = 10) -> float:
    rows = np.flatnonzero(np.isin(COLLECTIONS, collections))
    kept = stored(ROWS[rows])
    found = 0
    for question in QUESTIONS:
        nearest = rows[np.argsort(-cosines(kept, question), kind="stable")[:k]]
        hits = index.search(question, Selection(collections), k)
        found += len({hit.chunk_id for hit in hits} & set(nearest.tolist()))
    return found / (k * len(QUESTIONS))


def test_without_a_filter(index: FaissIndex) -> None:
    assert recall(index, (1, 2, 3)) >= 0.98
    assert recall(index, (1, 2, 3), k=50) >= 0.98


@pytest.mark.parametrize("collection", [1, 2])
def test_with_a_filter_that_admits_few(index: FaissIndex, collection: int) -> None:
    assert recall(index, (collection,)) >= 0.98


def test_few_admitted_ones_are_compared_exactly(index: FaissIndex) -> None:
    exact = FaissIndex(folder(index), DIMENSION, FaissSettings())
    assert [recall(exact, (collection,), k=50) for collection in SHARES] == [1.0, 1.0, 1.0]
    exact.close()


def folder(index: FaissIndex) -> Path:
    return index._folder.root


def test_the_compressed_index_is_small(index: FaissIndex) -> None:
    sizes = {one.name: one.stat().st_size for one in folder(index).glob("generation-*/*")}
    assert sizes["vectors.faiss"] < 2 * DIMENSION * COUNT + 1_000
    assert sizes["index.faiss"] < 160 * COUNT


def test_after_changes_it_finds_the_same(index: FaissIndex) -> None:
    question = QUESTIONS[0]
    hits = index.search(question, Selection((1, 2, 3)), 10)
    first = hits[0].chunk_id
    index.delete([first])
    assert index.search(question, Selection((1, 2, 3)), 9) == hits[1:]
    index.upsert([entry(first, collection_id=int(COLLECTIONS[first]))], ROWS[[first]])
    assert index.search(question, Selection((1, 2, 3)), 10) == hits
