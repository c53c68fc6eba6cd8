import pytest

from eval.ann.kinds import KINDS, chosen, needs_server
from eval.ann.work import available, short, sizes
from ingest.errors import Permanent


def test_sizes_are_read_as_they_are_written() -> None:
    assert sizes("10k,100K, 1m,300") == [10_000, 100_000, 1_000_000, 300]
    assert [short(one) for one in (10_000, 100_000, 1_000_000, 300)] == ["10k", "100k", "1m", "300"]


@pytest.mark.parametrize("said", ["", "ten", "-1k", "150", "0", "1g", "1000m"])
def test_what_is_no_size_is_refused_with_an_example(said: str) -> None:
    with pytest.raises(Permanent, match="such as 10k"):
        sizes(said)


def test_an_unknown_index_is_refused_with_those_there_are() -> None:
    with pytest.raises(Permanent, match="pgvector-halfvec"):
        chosen(["pgvector-halfvec", "annoy"])


def test_pgvector_can_always_be_measured_and_a_server_where_it_is_given() -> None:
    assert {"pgvector-halfvec", "pgvector-vector", "pgvector-bit"} <= set(available(None))
    assert not needs_server("milvus-lite-hnsw")
    assert {name for name in KINDS if needs_server(name)} == {
        "milvus-hnsw", "milvus-ivfflat", "milvus-ivfsq8", "milvus-ivfpq",
    }  # fmt: skip


def test_large_cells_on_milvus_are_made_smaller() -> None:
    kind = KINDS["milvus-ivfpq"]
    assert dict(kind.choice(100_000).settings) == {}
    assert dict(kind.choice(1_000_000).settings) == {"nlist": 1_024}
    assert dict(KINDS["milvus-hnsw"].choice(1_000_000).settings) == {}
