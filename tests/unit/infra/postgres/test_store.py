"""What only the adapters on Postgres can get wrong."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import numpy as np
import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from infra.postgres.access import PgAccess
from infra.postgres.index_settings import PgIndexSettings
from infra.postgres.library import PgMaintenance
from infra.postgres.rows import sentences_from_json, sentences_to_json
from infra.postgres.server import Connection, Database
from infra.postgres.text import storable
from infra.postgres.vector_index import PgVectorIndex
from ingest.errors import Transient
from ingest.model import Box, Chunk, Region, Sentence, Span, VersionStatus
from retrieval.dense import DenseSearch
from retrieval.model import Filters
from tests.contracts.stores import DIMENSION, ME, chunk, directions, first_axis, postgres_store

KEPT = {"migrations", "embedding", "collections", "vector_indexes"}


def rows_by_table(connection: Connection) -> dict[str, int]:
    names = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1").fetchall()
    counts = {}
    for (name,) in names:
        row = connection.execute(
            psycopg.sql.SQL("SELECT count(*) FROM {}").format(psycopg.sql.Identifier(name))
        ).fetchone()
        assert row is not None
        counts[str(name)] = int(row[0])
    return counts


def test_a_deletion_leaves_no_row_in_any_table(database: Database) -> None:
    store = postgres_store(database)
    receipt = store.add("a.pdf", ["leave days", "travel costs"], tags=["x"])
    store.upload("a.pdf", content="newer")
    with database.transaction() as connection:
        filled = rows_by_table(connection)
    assert {name for name, count in filled.items() if not count} <= {
        "facts", "index_measurements", "procrastinate_workers", "procrastinate_periodic_defers", "query_log",
        "vector_changes",
    }  # fmt: skip
    store.library.delete(receipt.document_id, ME)
    with database.transaction() as connection:
        left = rows_by_table(connection)
    assert {name for name, count in left.items() if count} == KEPT


def test_two_workers_that_complete_a_version_at_once_store_it_once(database: Database) -> None:
    store = postgres_store(database)
    version_id = store.upload().version_id
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: store.complete(version_id, ["leave"] * 50, directions(50)), range(4)))
    assert len(store.library.chunks(version_id, ME)) == 50
    assert len(store.lexical.search("leave", ME, Filters(), 500)) == 50


def test_two_versions_completed_at_once_leave_the_newer_one(database: Database) -> None:
    store = postgres_store(database)
    for number in range(5):
        ids = [store.upload(content=f"{number}{letter}").version_id for letter in "ab"]
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda one: store.complete(one, [f"leave {one}"]), ids))
        hits = store.passages.passages([one.chunk_id for one in store.lexical.search("leave", ME, Filters(), 9)], ME)
        assert [one.version_id for one in hits] == [ids[1]]


def test_the_same_file_uploaded_at_once_is_one_version(database: Database) -> None:
    store = postgres_store(database)
    with ThreadPoolExecutor(4) as pool:
        receipts = list(pool.map(lambda _: store.upload(content="same"), range(8)))
    assert len({one.version_id for one in receipts}) == 1
    assert sum(not one.unchanged for one in receipts) == 1


def test_a_deletion_while_a_version_is_stored_wins(database: Database) -> None:
    store = postgres_store(database)
    receipt = store.upload()
    with ThreadPoolExecutor(2) as pool:
        storing = pool.submit(store.complete, receipt.version_id, ["leave"] * 300, directions(300))
        deleting = pool.submit(store.library.delete, receipt.document_id, ME)
        storing.result()
        deleting.result()
    with database.transaction() as connection:
        assert {name for name, count in rows_by_table(connection).items() if count} == KEPT


def test_a_failure_in_the_middle_of_storing_leaves_the_older_version_searchable(database: Database) -> None:
    store = postgres_store(database)
    old = store.upload(content="a").version_id
    store.complete(old, ["old leave"])
    new = store.upload(content="b").version_id
    with pytest.raises(ValueError, match="zip"):
        store.complete(new, ["new leave", "more"], directions(1))
    version = store.writer.version(new)
    assert version is not None
    assert version.status is VersionStatus.QUEUED
    assert len(store.lexical.search("leave", ME, Filters(), 9)) == 1
    assert [one.text for one in store.library.chunks(old, ME)] == ["old leave"]


class Graph:
    """3,000 random vectors, their index, and the truth about them."""

    def __init__(self, database: Database) -> None:
        rng = np.random.default_rng(3)
        rows = rng.normal(size=(3_000, DIMENSION)).astype(np.float32)
        self.vectors = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float16).astype(np.float32)
        store = postgres_store(database)
        for start in range(0, 3_000, 300):
            tags = ["rare"] if start == 0 else []
            texts = [str(number) for number in range(start, start + 300)]
            store.add(f"{start}.pdf", texts, self.vectors[start : start + 300], tags=tags)
        self.passages = store.passages

    def exact(self, question: Sequence[float], k: int, among: slice = slice(None)) -> set[int]:
        """Positions of the nearest vectors by comparing all."""
        order = np.argsort(-(self.vectors[among] @ np.asarray(question)))
        return {int(one) for one in order[:k]}


@pytest.fixture(scope="module")
def graph(new_database: Callable[[], str]) -> Iterator[tuple[Database, Graph]]:
    """A database whose planner must use the HNSW index."""
    options = "-c enable_seqscan=off -c enable_sort=off -c enable_bitmapscan=off"
    with Database(make_conninfo(new_database(), options=options)) as database:
        yield database, Graph(database)


def dense(database: Database, settings: PgIndexSettings = PgIndexSettings()) -> DenseSearch:
    return DenseSearch(PgAccess(database), PgVectorIndex(database, DIMENSION, settings))


def test_the_hnsw_index_finds_the_nearest_in_exact_order(graph: tuple[Database, Graph]) -> None:
    database, truth = graph
    index, recalls = dense(database), []
    for question in truth.vectors[::150]:
        hits = index.search(question, ME, Filters(), 10)
        assert all(one.score >= other.score for one, other in pairwise(hits))
        found = {int(one.text) for one in truth.passages.passages([hit.chunk_id for hit in hits], ME)}
        recalls.append(len(found & truth.exact(question.tolist(), 10)) / 10)
    assert np.mean(recalls) >= 0.98


def test_a_filter_that_admits_few_still_finds_all(graph: tuple[Database, Graph]) -> None:
    database, truth = graph
    index, recalls = dense(database, PgIndexSettings(ef_search=40)), []
    for question in truth.vectors[7::150]:
        hits = index.search(question, ME, Filters(tags=("rare",)), 10)
        found = {int(one.text) for one in truth.passages.passages([hit.chunk_id for hit in hits], ME)}
        recalls.append(len(found & truth.exact(question.tolist(), 10, slice(0, 300))) / 10)
    assert np.mean(recalls) >= 0.98


def test_the_search_uses_the_index(graph: tuple[Database, Graph]) -> None:
    database, _ = graph
    with database.transaction() as connection:
        plan = connection.execute(
            "EXPLAIN SELECT chunk_id FROM chunk_vectors ORDER BY embedding <=> %s::halfvec LIMIT 10",
            [str(first_axis().tolist())],
        ).fetchall()
    assert any("chunk_vectors_embedding" in line for (line,) in plan)


def test_status_counts(database: Database) -> None:
    store, maintenance = postgres_store(database), PgMaintenance(database)
    store.add("a.pdf", ["one", "two"])
    store.upload("b.pdf")
    status = maintenance.status()
    assert (status.documents, status.chunks, status.vectors, status.jobs_waiting) == (2, 2, 2, 2)
    assert (status.embedding_model, status.dimension, status.workers_alive) == ("test", DIMENSION, 0)
    assert status.database_bytes > 1_000_000


def test_facts_are_remembered(database: Database) -> None:
    maintenance = PgMaintenance(database)
    assert maintenance.fact("sample") is None
    maintenance.remember("sample", "1")
    maintenance.remember("sample", "2")
    assert maintenance.fact("sample") == "2"


def test_a_text_with_unstorable_characters_keeps_its_offsets(database: Database) -> None:
    store = postgres_store(database)
    version_id = store.upload("a\udc80.pdf", tags=["\x00"]).version_id
    store.complete(version_id, ["a\x00b \udc80 leave"])
    (stored,) = store.library.chunks(version_id, ME)
    assert stored.text == "a\ufffdb \ufffd leave" == storable("a\x00b \udc80 leave")


def test_a_conflict_is_transient(database: Database) -> None:
    with pytest.raises(Transient, match="conflicting change"):
        orphan(database)


def orphan(database: Database) -> None:
    with database.transaction() as connection:
        connection.execute("INSERT INTO pages (version_id, number, width, height, text) VALUES (0, 1, 1, 1, '')")


def test_sentences_survive_the_way_through_json() -> None:
    sentences = (
        Sentence(Span(0, 5), (Region(1, (Box(1.25, 2.0, 3.5, 4.75),)), Region(2, ()))),
        Sentence(Span(6, 9), ()),
    )
    assert sentences_from_json(json_of(sentences)) == sentences
    one: Chunk = chunk(0, "text")
    assert sentences_from_json(json_of(one.sentences)) == one.sentences


def json_of(sentences: tuple[Sentence, ...]) -> list[list[object]]:
    import json

    parsed: list[list[object]] = json.loads(sentences_to_json(sentences))
    return parsed
