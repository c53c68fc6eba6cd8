"""What every change must still reach, over 100,000 vectors of 384 numbers: `python -m eval.ann --bars`."""

import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
from pgvector import HalfVector
from pgvector.psycopg import register_vector
from psycopg.sql import SQL, Literal

from eval.ann.filling import COLLECTION, Filled, chunk, filled
from eval.ann.kinds import KINDS
from eval.ann.material import EVERYTHING, Material, material
from eval.ann.measure import WARM_UP, measured
from eval.ann.measuring import Json, Tell
from eval.ann.recipe import Recipe
from eval.ann.run import machine
from eval.ann.subjects import Site, Subject
from eval.report import table
from infra.postgres.catalog import Catalog
from infra.postgres.index_settings import PgIndexSettings
from infra.postgres.server import Database
from ingest.model import Blob, Page, Scope, Upload
from retrieval.dense import DenseSearch
from retrieval.model import Filters

ROWS, DIMENSION, K = 100_000, 384, 10
NARROW = "one in a hundred"
RAW = "SELECT chunk_id FROM chunk_vectors ORDER BY embedding <=> %s LIMIT 10"
INDEXES = (
    "pgvector-halfvec", "pgvector-vector", "pgvector-bit", "faiss-exact", "faiss-hnsw", "faiss-ivfpq",
    "milvus-lite-hnsw", "milvus-hnsw", "milvus-ivfpq",
)  # fmt: skip
RECALL = {"pgvector-halfvec": 0.99, "faiss-ivfpq": 0.98, "milvus-ivfpq": 0.95}
RECALL_FILTERED = 0.98
MOST_RATIO = 4.0
LEAST_ROWS_A_SECOND = 10_000.0
WHOLE_DOCUMENTS, WHOLE_CHUNKS = 5, 2_000


@dataclass(frozen=True, slots=True)
class Bar:
    """A figure that must reach a bound, or must not exceed it.

    Attributes:
        name: What is measured.
        value: What it is.
        bound: What it must be; `None` for a figure that is only told.
        ceiling: Is the bound the most that is allowed, not the least?
    """

    name: str
    value: float
    bound: float | None
    ceiling: bool = False

    @property
    def met(self) -> bool:
        """Is it reached?"""
        if self.bound is None:
            return True
        return self.value <= self.bound if self.ceiling else self.value >= self.bound


def bars(
    cache: Path, home: Path, indexes: Sequence[str], milvus_uri: str | None, questions: int, rounds: int, tell: Tell
) -> list[Bar]:
    """Measure at the product's default settings.

    Args:
        cache: Where vectors and exact neighbours are kept.
        home: An empty folder.
        indexes: Those of `INDEXES` that can be measured here.
        milvus_uri: Of a Milvus server; `None` where there is none.
        questions: How many different ones.
        rounds: How often each is asked.
        tell: Is told each figure as soon as it is known.
    """
    drawn = material(cache, Recipe(dimension=DIMENSION), ROWS, questions)
    found: list[Bar] = []
    with filled(home / "home", drawn) as database:
        site = Site(database, home / "indexes", DIMENSION, milvus_uri)
        for bar in _all(site, drawn, indexes, rounds):
            found.append(bar)
            tell(f"  {bar.name}: {bar.value:,.3f}")
    return found


def show(found: Sequence[Bar]) -> str:
    """The figures for people."""
    rows = [
        [one.name, f"{one.value:,.3f}", _bound(one), "" if one.bound is None else "met" if one.met else "MISSED"]
        for one in found
    ]
    return table(["Bars", "measured", "wanted", ""], rows)


def as_json(found: Sequence[Bar], load: Sequence[float]) -> Json:
    """The figures for programs."""
    bars: list[dict[str, Any]] = [{**asdict(one), "met": one.met} for one in found]
    return {"machine": machine(), "load": list(load), "rows": ROWS, "dimension": DIMENSION, "k": K, "bars": bars}


def _all(site: Site, drawn: Material, indexes: Sequence[str], rounds: int) -> Iterator[Bar]:
    stored = "chunks stored a second (text, places, fields, vector; no word lists, no graph)"
    yield Bar(stored, ROWS / site.filled.seconds, LEAST_ROWS_A_SECOND)
    for name in indexes:
        kind = KINDS[name]
        with site.built(kind, kind.choice(ROWS)) as subject:
            yield from _of(name, subject, site.filled, drawn, rounds)
    yield Bar("chunks stored a second with word lists too (no graph)", whole_documents(site.filled, drawn), None)


def _of(name: str, subject: Subject, database: Filled, drawn: Material, rounds: int) -> Iterator[Bar]:
    search = subject.searching({})
    for filter, bound in ((EVERYTHING, RECALL.get(name)), (NARROW, RECALL_FILTERED)):
        point = measured(search, {}, drawn, database, filter, K, 1, time.process_time)
        passing = "" if filter == EVERYTHING else f", filter that {filter} pass"
        yield Bar(f"{name}: recall@{K}{passing}", point.recall, bound)
    if name == "pgvector-halfvec":
        raw, product = against_raw(database, drawn, search, PgIndexSettings().ef_search, rounds)
        yield Bar(f"{name}: median ms of raw SQL", raw, None)
        yield Bar(f"{name}: median ms of the product's search", product, None)
        yield Bar(f"{name}: times raw SQL", product / raw, MOST_RATIO, ceiling=True)


def against_raw(database: Filled, drawn: Material, search: DenseSearch, width: int, rounds: int) -> tuple[float, float]:
    """Median milliseconds of the bare statement and of the product's search, question by question in turn.

    The bare statement is prepared, runs on one connection that stays open, and looks as wide (`width`).
    """
    raw, product = [], []
    with psycopg.connect(database.database.url, autocommit=True) as connection:
        register_vector(connection)
        connection.execute(SQL("SET hnsw.ef_search = {}").format(Literal(width)))
        for number in range(-WARM_UP, rounds * len(drawn.questions)):
            vector = drawn.questions[number % len(drawn.questions)]
            half = HalfVector(vector.astype(np.float16))
            begun = time.perf_counter()
            connection.execute(RAW, [half], prepare=True).fetchall()
            between = time.perf_counter()
            search.search(vector, Scope(), Filters(), K)
            if number >= 0:
                raw.append(between - begun)
                product.append(time.perf_counter() - between)
    return float(np.median(raw)) * 1_000, float(np.median(product)) * 1_000


def whole_documents(database: Filled, drawn: Material) -> float:
    """Chunks a second that the job's last step stores, with pages and word lists, while there is no graph."""
    catalog, chunks = Catalog(database.database), [chunk(ordinal) for ordinal in range(WHOLE_CHUNKS)]
    pages = [Page(number + 1, 595.28, 841.89, chunks[number].text) for number in range(WHOLE_CHUNKS // 3)]
    versions = [_uploaded(database.database, number) for number in range(WHOLE_DOCUMENTS)]
    vectors = drawn.vectors[:WHOLE_CHUNKS].astype(np.float32)
    begun = time.perf_counter()
    for version in versions:
        catalog.complete(version, "Whole", pages, chunks, vectors)
    return WHOLE_DOCUMENTS * WHOLE_CHUNKS / (time.perf_counter() - begun)


def _uploaded(database: Database, number: int) -> int:
    blob = Blob(f"{number:064x}", 1)
    return Catalog(database).add(Upload(f"whole {number}.pdf", COLLECTION, "pdf", (), blob)).version_id


def _bound(bar: Bar) -> str:
    if bar.bound is None:
        return ""
    return f"{'≤' if bar.ceiling else '≥'} {bar.bound:,g}"


def load() -> float:
    """The kernel's load average over a minute."""
    return os.getloadavg()[0]
