"""Page-level test sets: is a page that holds the answer among the first hits?

A set is a folder with `pdfs/*.pdf` and `qa/ground_truth.jsonl`, whose lines hold `question` and `truth`: an answer that
ends in one or more references `[file.pdf#page=N]`. The references of such sets are often a page early (the answer
stands on N + 1), so a hit on page N or N + 1 counts.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.settings import Settings
from app.wiring import open_application
from eval.embeddings import cached
from eval.home import check_indexed
from eval.metrics import first_rank, hit_at, reciprocal_rank
from eval.testset import Question, Stored, readable
from infra.blobs import FileBlobStore
from infra.models.loading import load_embedder
from infra.postgres.catalog import Catalog
from infra.postgres.library import PgMaintenance
from infra.postgres.server import open_database
from ingest.errors import Permanent
from ingest.job import IngestJob
from ingest.model import Version
from ingest.parse.registry import parsers
from retrieval.model import Hit

REFERENCE = re.compile(r"\[([^\[\]#]+)#page=(\d+)\]")
DEPTHS = (1, 3, 5, 10)
SLACK = 1

Place = tuple[str, int]


@dataclass(frozen=True, slots=True)
class PageQuestion:
    """A question and the (document, page) places that answer it, pages from 1."""

    question: str
    places: frozenset[Place]


@dataclass(frozen=True, slots=True)
class PageSet:
    """PDFs and questions with the pages that answer them.

    Attributes:
        name: What it is called.
        asked: The questions.
        pdfs: The documents.
        sources: Other files that it was read from.
        ids: A name for each question; its number, from 1, where there are none.
        slack: So many pages after a reference count as well.
    """

    name: str
    asked: Sequence[PageQuestion]
    pdfs: Sequence[Path]
    sources: Sequence[Path] = ()
    ids: Sequence[str] = ()
    slack: int = SLACK

    @property
    def questions(self) -> Sequence[Question]:
        """All of them; a result is a reference such as `file.pdf#page=3`."""
        ids = self.ids or [str(number) for number in range(1, len(self.asked) + 1)]
        return [
            Question(name, one.question, {_reference(*place): 1 for place in sorted(one.places)})
            for name, one in zip(ids, self.asked, strict=True)
        ]

    def files(self) -> Sequence[Path]:
        """PDFs and questions."""
        return [*self.sources, *self.pdfs]

    def store(self, settings: Settings, cache: Path | None) -> Stored:
        """Upload all files and do their jobs; files that are already there cost nothing."""
        versions = ingest_files(self.pdfs, settings, cache)
        return Stored(len(versions), sum(one.pages for one in versions), sum(one.chunks for one in versions))

    def results(self, question: Question, hits: Sequence[Hit]) -> list[str]:
        """A hit stands for the reference whose page it begins on (or, where that is taken, one page after).

        A second hit for the same reference, like a hit on any other page, stands for itself and counts as wrong.
        """
        left, found = _places(question), list[str]()
        for rank, hit in enumerate(hits, start=1):
            name, page = hit.passage.document, hit.passage.page
            meant = next(((name, page - back) for back in range(self.slack + 1) if (name, page - back) in left), None)
            found.append(_reference(*meant) if meant else f"{_reference(name, page)} at rank {rank}")
            left -= {meant} if meant else set()
        return found

    def extra(self, question: Question, hits: Sequence[Hit]) -> Mapping[str, float]:
        """Page hit@k and MRR@10, once by the page that a hit begins on and once by every page that its text covers."""
        asked, found = PageQuestion(question.text, frozenset(_places(question))), [hit.passage for hit in hits]
        first = first_rank(answers(asked, one.document, one.page, one.page, self.slack) for one in found)
        covered = first_rank(answers(asked, one.document, one.page, one.page_end, self.slack) for one in found)
        return {
            **{f"page hit@{k}": hit_at(first, k) for k in DEPTHS},
            **{f"any page hit@{k}": hit_at(covered, k) for k in DEPTHS},
            f"any page MRR@{DEPTHS[-1]}": reciprocal_rank(covered, DEPTHS[-1]),
        }


def load(folder: Path) -> PageSet:
    """Read a set.

    Raises:
        Permanent: A file is absent or not in this format.
    """
    pdfs = sorted((folder / "pdfs").glob("*.pdf"))
    if not pdfs:
        raise Permanent(f"There is no PDF in {folder / 'pdfs'}.")
    try:
        asked = load_questions(folder)
    except (KeyError, ValueError) as error:
        raise Permanent(f"{_truth(folder)} is not in this format (docs/evaluation.md): {error}.") from error
    return PageSet(folder.resolve().name, asked, pdfs, [_truth(folder)])


def load_questions(folder: Path) -> list[PageQuestion]:
    """The questions of a set.

    Raises:
        ValueError: A line refers to no page. Permanent: The file is absent.
    """
    lines = readable(_truth(folder)).read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines if line.strip()]
    return [PageQuestion(row["question"], places(row["truth"])) for row in rows]


def places(truth: str) -> frozenset[Place]:
    """The places that an answer refers to.

    Raises:
        ValueError: There is none.
    """
    found = frozenset((name.strip(), int(page)) for name, page in REFERENCE.findall(truth))
    if not found:
        raise ValueError(f"no [file.pdf#page=N] in {truth!r}")
    return found


def answers(asked: PageQuestion, document: str, page: int, page_end: int, slack: int = SLACK) -> bool:
    """Does a text on these pages of a document stand where the answer is?"""
    return any(name == document and page <= right + slack and page_end >= right for name, right in asked.places)


def ingest_files(files: Sequence[Path], settings: Settings, cache: Path | None) -> list[Version]:
    """Upload files and run their ingest jobs here and now, with embeddings from the cache.

    Raises:
        NotIngested: A file failed.
    """
    embedder = cached(load_embedder(settings.embedding_model, settings.query_prefix, settings.threads), cache)
    with open_application(settings) as application, open_database(settings.home, None) as database:
        PgMaintenance(database).ensure_embedding(embedder.model_name, embedder.dimension)
        blobs = FileBlobStore(settings.home / "blobs")
        job = IngestJob(Catalog(database), blobs, parsers(), embedder, settings.chunk_tokens)
        receipts = [application.upload_path(file) for file in files]
        for receipt in receipts:
            job.run(receipt.version_id)
        versions = [application.version(receipt.version_id) for receipt in receipts]
    check_indexed(versions)
    return versions


def _truth(folder: Path) -> Path:
    return folder / "qa" / "ground_truth.jsonl"


def _reference(name: str, page: int) -> str:
    return f"{name}#page={page}"


def _places(question: Question) -> set[Place]:
    split = [result.rpartition("#page=") for result in question.gains]
    return {(name, int(page)) for name, _, page in split}
