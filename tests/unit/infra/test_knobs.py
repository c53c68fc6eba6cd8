"""Every store's knobs are settings that it takes, in bounds, and told apart rightly."""

from pathlib import Path

import pytest

from infra.faiss.store import FaissStore
from infra.milvus.store import MilvusStore
from infra.postgres.server import Database
from infra.postgres.store import PgVectorStore
from retrieval.indexes import CANDIDATES, IndexChoice, VectorStore

KINDS = {
    "pgvector": ("halfvec", "vector", "bit"),
    "faiss": ("HNSW", "IVF-PQ"),
    "milvus": ("HNSW", "IVF_FLAT", "IVF_PQ", "IVF_SQ8", "AUTOINDEX"),
}
DIMENSION = 384


def store(name: str, home: Path, database: Database) -> VectorStore:
    if name == "pgvector":
        return PgVectorStore(database)
    return FaissStore(home) if name == "faiss" else MilvusStore(home, "milvus")


@pytest.mark.parametrize(("name", "kind"), [(name, kind) for name, kinds in KINDS.items() for kind in kinds])
def test_knobs_are_settings_of_the_store(name: str, kind: str, tmp_path: Path, shared_database: Database) -> None:
    one, choice = store(name, tmp_path, shared_database), IndexChoice(name, kind)
    knobs = one.knobs(choice, DIMENSION)
    assert any(not knob.builds for knob in knobs)
    for knob in knobs:
        assert list(knob.values) == sorted(set(knob.values))
        for value in knob.values:
            turned = choice.turned([(knob.name, value)])
            one.check(turned, DIMENSION)
            if value != knob.default:
                assert one.searches_only(choice, turned) != knob.builds, (knob.name, value)


def test_an_exact_index_has_nothing_to_tune(tmp_path: Path) -> None:
    assert FaissStore(tmp_path).knobs(IndexChoice("faiss", "exact"), DIMENSION) == ()


def test_what_is_compressed_outside_is_tuned_in_its_candidates(tmp_path: Path) -> None:
    knobs = MilvusStore(tmp_path, "milvus").knobs(IndexChoice("milvus", "IVF_PQ"), DIMENSION)
    assert CANDIDATES in {knob.name for knob in knobs}
