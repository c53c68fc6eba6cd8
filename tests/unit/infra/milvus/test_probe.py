"""Types that a server accepts and does not build."""

import time

import pytest

from infra.milvus import search as searching
from infra.milvus.connection import Connection
from infra.milvus.index import MilvusIndex
from infra.milvus.probe import LEFT_OVER_S, PREFIX, Probe
from infra.milvus.settings import Address, IndexSettings
from ingest.errors import Permanent
from tests.unit.infra.milvus.material import ALL, drawn, entry

DIMENSION = 32


@pytest.fixture
def lite(milvus_lite_uri: str) -> Connection:
    return Connection(Address(milvus_lite_uri))


def test_milvus_lite_builds_no_ivf_pq_and_is_found_out(lite: Connection) -> None:
    refused = MilvusIndex(lite, "refused", DIMENSION, IndexSettings("IVF_PQ"))
    with pytest.raises(Permanent, match="does not build IVF_PQ") as raised:
        refused.create()
    assert "It does build: HNSW, IVF_FLAT, IVF_SQ8, AUTOINDEX." in str(raised.value)
    names = lite.run(lambda client: client.list_collections())
    assert "refused" not in names
    assert not [name for name in names if name.startswith(PREFIX)]
    refused.close()


def test_a_type_that_is_built_is_accepted(lite: Connection) -> None:
    index = MilvusIndex(lite, "accepted", DIMENSION, IndexSettings("IVF_SQ8"))
    index.create()
    index.create()
    index.upsert([entry(1)], drawn(1, dimension=DIMENSION))
    assert index.count() == 1
    index.drop()
    index.close()


def test_what_a_killed_probe_left_is_dropped_after_an_hour(lite: Connection) -> None:
    young, old = f"{PREFIX}{int(time.time())}_ab", f"{PREFIX}{int(time.time()) - LEFT_OVER_S - 60}_cd"
    for name in (young, old):
        lite.run(lambda client, name=name: client.create_collection(name, dimension=4))  # type: ignore[misc]
    lite.run(lambda client: Probe(client, DIMENSION).require(IndexSettings()))
    names = lite.run(lambda client: client.list_collections())
    assert young in names
    assert old not in names
    lite.run(lambda client: client.drop_collection(young))
    lite.close()


@pytest.mark.slow
def test_a_real_server_builds_ivf_pq_and_searches_with_it(
    milvus_server_uri: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searching, "FEW", 0)
    connection = Connection(Address(milvus_server_uri))
    index = MilvusIndex(connection, "pq", DIMENSION, IndexSettings("IVF_PQ", nlist=16, nprobe=16, pq_parts=16))
    index.create()
    rows = drawn(1_500, dimension=DIMENSION)
    index.upsert([entry(number) for number in range(1_500)], rows)
    index.finish()
    deadline = time.monotonic() + 60
    scores = [one.score for one in index.search(rows[3], ALL, 10)]
    while scores[0] == 1.0 and time.monotonic() < deadline:
        time.sleep(0.5)
        scores = [one.score for one in index.search(rows[3], ALL, 10)]
    assert scores[0] != 1.0, "the compressed index never came into use"
    assert 3 in [one.chunk_id for one in index.search(rows[3], ALL, 10)]
    index.drop()
    connection.close()
