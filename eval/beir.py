"""Document-level test sets in BEIR's layout (Thakur et al., 2021).

A set is a folder with `corpus.jsonl` (`_id`, `title`, `text`), `queries.jsonl` (`_id`, `text`) and `qrels/test.tsv`, or
the only other `qrels/*.tsv` (query, document, gain). Each document goes through the product's own chunking, context,
embedding and storing, in bulk rather than by one upload each. A document is ranked by its best chunk.
"""

import csv
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.settings import Settings
from eval.embeddings import cached
from eval.testset import Question, Stored, readable
from infra.models.loading import load_embedder
from infra.postgres.catalog import Catalog
from infra.postgres.library import PgLibrary, PgMaintenance
from infra.postgres.server import open_database
from ingest.chunk import chunk_document
from ingest.context import contextual_text
from ingest.errors import Permanent
from ingest.model import Blob, Block, BlockKind, Chunk, Line, Page, ParsedDocument, Scope, Span, Upload, VersionStatus
from ingest.ports import Tokenizer, Vectors
from retrieval.model import Hit

SPLIT = "test.tsv"


@dataclass(frozen=True, slots=True)
class BeirDocument:
    """A document of a corpus."""

    id: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Prepared:
    """A document that is ready to be stored, but for its vectors."""

    document: BeirDocument
    chunks: list[Chunk]

    @property
    def texts(self) -> list[str]:
        """What is embedded."""
        return [contextual_text(self.document.title, one.heading_path, one.text) for one in self.chunks]


@dataclass(frozen=True, slots=True)
class BeirSet:
    """A set of documents and questions.

    Attributes:
        name: What it is called.
        documents: The corpus.
        questions: Those with a relevant document.
        sources: The files that it was read from.
    """

    name: str
    documents: Sequence[BeirDocument]
    questions: Sequence[Question]
    sources: Sequence[Path] = ()

    def files(self) -> Sequence[Path]:
        """The files that it was read from."""
        return self.sources

    def store(self, settings: Settings, cache: Path | None) -> Stored:
        """Store all documents that are not in the home yet."""
        embedder = cached(load_embedder(settings.embedding_model, settings.query_prefix, settings.threads), cache)
        settings.home.mkdir(parents=True, exist_ok=True)
        with open_database(settings.home, None) as database:
            maintenance = PgMaintenance(database)
            maintenance.migrate()
            maintenance.ensure_embedding(embedder.model_name, embedder.dimension)
            stored = PgLibrary(database).versions(Scope())
            known = {one.name for one in stored if one.status is VersionStatus.INDEXED}
            missing = [one for one in self.documents if one.id not in known]
            prepared = [ready for one in missing if (ready := prepare(one, embedder, settings.chunk_tokens)).chunks]
            _complete(
                Catalog(database), prepared, embedder.embed_documents([text for one in prepared for text in one.texts])
            )
            status = maintenance.status()
        return Stored(status.documents, status.documents, status.chunks)

    def results(self, question: Question, hits: Sequence[Hit]) -> list[str]:
        """Documents in the order of their best chunks; `search` brings one hit a document, since each is a page."""
        del question
        return ranking(hits)

    def extra(self, question: Question, hits: Sequence[Hit]) -> Mapping[str, float]:
        """None."""
        del question, hits
        return {}


def load(folder: Path) -> BeirSet:
    """Read a set; queries without a relevant document are left out.

    Raises:
        Permanent: A file is absent or not in this format.
    """
    qrels = _qrels(folder)
    sources = [readable(folder / "corpus.jsonl"), readable(folder / "queries.jsonl"), qrels]
    gains: dict[str, dict[str, int]] = {}
    try:
        with qrels.open(encoding="utf-8", newline="") as file:
            for query, document, gain in list(csv.reader(file, delimiter="\t"))[1:]:
                gains.setdefault(query, {})[document] = int(gain)
        texts = {str(row["_id"]): row["text"] for row in _rows(sources[1])}
        corpus = [BeirDocument(str(row["_id"]), row.get("title") or "", row["text"]) for row in _rows(sources[0])]
    except (KeyError, ValueError) as error:
        raise Permanent(f"{folder} is not in BEIR's layout: {type(error).__name__} {error}.") from error
    asked = [
        Question(one, text, gains[one])
        for one, text in texts.items()
        if any(gain > 0 for gain in gains.get(one, {}).values())
    ]
    return BeirSet(folder.resolve().name, corpus, asked, sources)


def prepare(document: BeirDocument, tokenizer: Tokenizer, chunk_tokens: int) -> Prepared:
    """Cut a document as ingestion does; one without text has no chunks."""
    text = document.text.strip()
    block = Block(BlockKind.PARAGRAPH, text, (Line(Span(0, len(text)), 1),))
    parsed = ParsedDocument(document.title, (Page(1, 0.0, 0.0, text),), (block,) if text else ())
    return Prepared(document, chunk_document(parsed, tokenizer, chunk_tokens))


def ranking(hits: Sequence[Hit]) -> list[str]:
    """Documents in the order of their best chunks."""
    return list(dict.fromkeys(hit.passage.document for hit in hits))


def _qrels(folder: Path) -> Path:
    found = sorted((folder / "qrels").glob("*.tsv"))
    if len(found) == 1 or folder / "qrels" / SPLIT not in found:
        if len(found) != 1:
            raise Permanent(f"{folder / 'qrels'} needs {SPLIT}, or one other .tsv file; it has {len(found)}.")
        return found[0]
    return folder / "qrels" / SPLIT


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
            if line.strip():
                yield json.loads(line)
