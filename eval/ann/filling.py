"""Puts drawn vectors into a database of their own, as chunks of documents, by the product's own writers."""

import hashlib
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from psycopg.rows import dict_row

from eval.ann.material import Material, tags_of
from infra.postgres import graph
from infra.postgres.bulk import copy_chunks, copy_vectors
from infra.postgres.catalog import Catalog
from infra.postgres.library import PgMaintenance
from infra.postgres.register import PgRegister
from infra.postgres.server import Connection, Database, open_database
from infra.postgres.statements import query
from ingest.model import Blob, Box, Chunk, Region, Sentence, Span, Upload
from retrieval.model import Scored

MODEL = "drawn vectors"
COLLECTION = "drawn"
DOCUMENTS_AT_ONCE = 100
WORDS = [
    "leave",
    "staff",
    "manager",
    "request",
    "days",
    "paid",
    "policy",
    "notice",
    "period",
    "travel",
    "claim",
    "office",
    "rate",
    "holiday",
    "form",
    "claimed",
]
SENTENCES, WORDS_A_SENTENCE = 4, 22


@dataclass(frozen=True, slots=True)
class Filled:
    """A database that holds all vectors of a material, without any index over them.

    Attributes:
        database: Where they are.
        first: The chunk id of row 0; the others follow.
        seconds: What writing chunks and vectors took: texts, places, sentences, vectors and the fields of filters, with
            the ordinary indexes over them; without making the documents, the word lists and the vector index.
    """

    database: Database
    first: int
    seconds: float

    def rows(self, hits: Sequence[Scored]) -> list[int]:
        """The rows of some hits."""
        return [one.chunk_id - self.first for one in hits]


@contextmanager
def filled(home: Path, material: Material) -> Iterator[Filled]:
    """An embedded database in an empty folder, filled; it is stopped at the end.

    Raises:
        Transient, Permanent: It cannot be started or written.
    """
    with open_database(home, None) as database:
        maintenance = PgMaintenance(database)
        maintenance.migrate()
        maintenance.ensure_embedding(MODEL, material.recipe.dimension)
        graph.remove(database, PgRegister(database).active().name)
        versions = _documents(database, len(material.vectors) // material.recipe.document)
        begun = time.perf_counter()
        first = _fill(database, material, versions)
        seconds = time.perf_counter() - begun
        with database.transaction() as connection:
            connection.execute("ANALYZE chunk_vectors")
        yield Filled(database, first, seconds)


def chunk(ordinal: int) -> Chunk:
    """A chunk of ordinary size: about 600 characters in four sentences with their places on a page."""
    words = [WORDS[(ordinal * 7 + place * place) % len(WORDS)] for place in range(SENTENCES * WORDS_A_SENTENCE)]
    parts = [
        " ".join(words[start : start + WORDS_A_SENTENCE]) + "." for start in range(0, len(words), WORDS_A_SENTENCE)
    ]
    sentences, start, page = [], 0, ordinal // 3 + 1
    for number, part in enumerate(parts):
        top = 80.0 + 40.0 * number
        region = Region(page, (Box(72.0, top, 520.5, top + 12.25), Box(72.0, top + 14.5, 310.75, top + 26.75)))
        sentences.append(Sentence(Span(start, start + len(part)), (region,)))
        start += len(part) + 1
    text = " ".join(parts)
    span = Span(ordinal * 700, ordinal * 700 + len(text))
    return Chunk(ordinal, text, span, ("Chapter", "Section"), page, page, tuple(sentences), len(words))


def _documents(database: Database, count: int) -> list[int]:
    """As many documents with their tags; ids of their versions."""
    catalog = Catalog(database)
    uploads = (
        Upload(
            f"document {number}.pdf",
            COLLECTION,
            "pdf",
            tags_of(number),
            Blob(hashlib.sha256(str(number).encode()).hexdigest(), 1),
        )
        for number in range(count)
    )
    return [catalog.add(one).version_id for one in uploads]


def _fill(database: Database, material: Material, versions: Sequence[int]) -> int:
    """Write all rows in their order; returns the first chunk id."""
    size = material.recipe.document
    chunks = [chunk(ordinal) for ordinal in range(size)]
    ids: list[int] = []
    for start in range(0, len(versions), DOCUMENTS_AT_ONCE):
        with database.transaction() as connection:
            for number in range(start, min(start + DOCUMENTS_AT_ONCE, len(versions))):
                written = copy_chunks(connection, versions[number], chunks)
                vectors = material.vectors[number * size : (number + 1) * size].astype(np.float32)
                copy_vectors(connection, _version(connection, versions[number]), written, vectors)
                ids += written
    if ids != list(range(ids[0], ids[0] + len(ids))):
        raise RuntimeError("the database did not number the chunks in their order")
    return ids[0]


def _version(connection: Connection, version_id: int) -> dict[str, object]:
    with connection.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(query("version_to_store"), {"version_id": version_id}).fetchone()
    if row is None:
        raise RuntimeError("a document is gone from a database that nobody else uses")
    return row
