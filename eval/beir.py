"""Document-level retrieval on collections in BEIR's layout (Thakur et al., 2021).

A collection is a folder with `corpus.jsonl` (`_id`, `title`, `text`), `queries.jsonl` (`_id`, `text`) and
`qrels/test.tsv` (query, document, gain). Each document goes through the product's own chunking, context, embedding and
storing, in bulk rather than by one upload each. A document is ranked by its best chunk.
"""

import csv
import hashlib
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import ir_measures
import numpy as np
from ir_measures import RR, R, nDCG

from app.settings import Settings
from infra.models.loading import load_embedder
from infra.postgres.catalog import Catalog
from infra.postgres.library import PgLibrary, PgMaintenance
from infra.postgres.server import open_database
from ingest.chunk import chunk_document
from ingest.context import contextual_text
from ingest.model import Blob, Block, BlockKind, Chunk, Line, Page, ParsedDocument, Scope, Span, Upload, VersionStatus
from ingest.ports import Embedder, Tokenizer, Vectors
from retrieval.model import Hit

MEASURES = (nDCG @ 10, R @ 100, RR @ 10)
DEPTH = 100
EMBED_AT_ONCE = 1_024


@dataclass(frozen=True, slots=True)
class BeirDocument:
    """A document of a corpus."""

    id: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Collection:
    """A test collection: documents, queries that have judgements by id, and gains by query and document."""

    documents: tuple[BeirDocument, ...]
    queries: dict[str, str]
    gains: dict[str, dict[str, int]]


@dataclass(frozen=True, slots=True)
class Prepared:
    """A document that is ready to be stored, but for its vectors."""

    document: BeirDocument
    chunks: list[Chunk]

    @property
    def texts(self) -> list[str]:
        """What is embedded."""
        return [contextual_text(self.document.title, one.heading_path, one.text) for one in self.chunks]


def load_collection(folder: Path) -> Collection:
    """Read a collection; queries without judgements are left out."""
    gains: dict[str, dict[str, int]] = {}
    with (folder / "qrels" / "test.tsv").open(encoding="utf-8") as file:
        for query, document, gain in list(csv.reader(file, delimiter="\t"))[1:]:
            gains.setdefault(query, {})[document] = int(gain)
    corpus, queries = _rows(folder / "corpus.jsonl"), _rows(folder / "queries.jsonl")
    documents = tuple(BeirDocument(str(row["_id"]), row.get("title", ""), row["text"]) for row in corpus)
    return Collection(documents, {str(row["_id"]): row["text"] for row in queries if str(row["_id"]) in gains}, gains)


def store(collection: Collection, settings: Settings, vector_cache: Path | None) -> int:
    """Store all documents that are not there yet; returns the number of chunks stored now."""
    embedder = load_embedder(settings.embedding_model, settings.query_prefix, settings.threads)
    settings.home.mkdir(parents=True, exist_ok=True)
    with open_database(settings.home, None) as database:
        maintenance = PgMaintenance(database)
        maintenance.migrate()
        maintenance.ensure_embedding(embedder.model_name, embedder.dimension)
        stored = PgLibrary(database).versions(Scope())
        known = {one.name for one in stored if one.status is VersionStatus.INDEXED}
        missing = [one for one in collection.documents if one.id not in known]
        prepared = [ready for one in missing if (ready := prepare(one, embedder, settings.chunk_tokens)).chunks]
        vectors = embed([text for one in prepared for text in one.texts], embedder, vector_cache)
        _complete(Catalog(database), prepared, vectors)
    return len(vectors)


def prepare(document: BeirDocument, tokenizer: Tokenizer, chunk_tokens: int) -> Prepared:
    """Cut a document as ingestion does; one without text has no chunks."""
    text = document.text.strip()
    block = Block(BlockKind.PARAGRAPH, text, (Line(Span(0, len(text)), 1),))
    parsed = ParsedDocument(document.title, (Page(1, 0.0, 0.0, text),), (block,) if text else ())
    return Prepared(document, chunk_document(parsed, tokenizer, chunk_tokens))


def embed(texts: Sequence[str], embedder: Embedder, cache: Path | None) -> Vectors:
    """Embed texts, or read what an earlier run with the same texts and model has left in the folder `cache`."""
    digest = hashlib.sha256("\0".join([embedder.model_name, *texts]).encode()).hexdigest()
    kept = cache / f"{digest[:16]}.npy" if cache else None
    if kept and kept.exists():
        found: Vectors = np.load(kept)
        return found
    parts = [np.zeros((0, embedder.dimension), np.float32)]
    for start in range(0, len(texts), EMBED_AT_ONCE):
        parts.append(embedder.embed_documents(texts[start : start + EMBED_AT_ONCE]))
        print(f"embedded {min(start + EMBED_AT_ONCE, len(texts))} of {len(texts)}", file=sys.stderr)
    vectors = np.concatenate(parts)
    if kept:
        kept.parent.mkdir(parents=True, exist_ok=True)
        np.save(kept, vectors)
    return vectors


def run(collection: Collection, search: Callable[[str], Sequence[Hit]]) -> dict[str, list[str]]:
    """For each query the documents found, best first, at most `DEPTH`."""
    return {query: ranking(search(text))[:DEPTH] for query, text in collection.queries.items()}


def ranking(hits: Sequence[Hit]) -> list[str]:
    """Documents in the order of their best chunks."""
    return list(dict.fromkeys(hit.passage.document for hit in hits))


def measured(collection: Collection, rankings: dict[str, list[str]]) -> dict[str, list[float]]:
    """Values a query of nDCG@10 (linear gains, as trec_eval), recall@100 and MRR@10, by measure.

    A query for which nothing was found counts as 0.
    """
    values: dict[str, list[float]] = {str(one): [] for one in MEASURES}
    documents = {query: _scores(found) for query, found in rankings.items()}
    for metric in ir_measures.iter_calc(MEASURES, collection.gains, documents):
        values[str(metric.measure)].append(float(metric.value))
    return values


def _scores(found: Sequence[str]) -> dict[str, float]:
    """Scores that keep the order: a tie would be broken by document id."""
    return {document: -float(rank) for rank, document in enumerate(found)}


def _complete(catalog: Catalog, prepared: Sequence[Prepared], vectors: Vectors) -> None:
    done = 0
    for one in prepared:
        content = one.document.text.encode()
        blob = Blob(hashlib.sha256(content).hexdigest(), len(content))
        receipt = catalog.add(Upload(one.document.id, "default", "txt", (), blob))
        pages = [Page(1, 0.0, 0.0, one.document.text)]
        rows = vectors[done : done + len(one.chunks)]
        catalog.complete(receipt.version_id, one.document.title, pages, one.chunks, rows)
        done += len(one.chunks)


def _rows(file: Path) -> Iterator[dict[str, str]]:
    with file.open(encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)
