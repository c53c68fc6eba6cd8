"""What retrieval is measured on: questions whose right results are known, and the documents they are asked about."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from app.settings import Settings
from ingest.errors import Permanent
from retrieval.model import Hit

READ_AT_ONCE = 1 << 20


@dataclass(frozen=True, slots=True)
class Question:
    """A question and the gains of the results that it should bring, by result; 0 for one that was judged wrong."""

    id: str
    text: str
    gains: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Stored:
    """How many documents, pages and chunks can be searched."""

    documents: int
    pages: int
    chunks: int

    def __str__(self) -> str:
        return f"{self.documents} documents, {self.pages} pages, {self.chunks} chunks"


class QuestionSet(Protocol):
    """A test set: documents and questions about them."""

    @property
    def name(self) -> str:
        """What it is called, for people."""
        ...

    @property
    def questions(self) -> Sequence[Question]:
        """All of them, in the order of their file."""
        ...

    def files(self) -> Sequence[Path]:
        """The files that it is made of."""
        ...

    def store(self, settings: Settings, cache: Path | None) -> Stored:
        """Ingest the documents into a home; embeddings are kept in the folder `cache` where it is given."""
        ...

    def results(self, question: Question, hits: Sequence[Hit]) -> list[str]:
        """The result that each hit stands for, as `Question.gains` names them; no name twice."""
        ...

    def extra(self, question: Question, hits: Sequence[Hit]) -> Mapping[str, float]:
        """Measures of one question that only this kind of set has, by name."""
        ...


def fingerprint(files: Sequence[Path], folder: Path) -> dict[str, str]:
    """SHA-256 of each file, by its path within the folder."""
    return {str(file.relative_to(folder)): _sha256(file) for file in sorted(files)}


def _sha256(file: Path) -> str:
    digest = hashlib.sha256()
    with readable(file).open("rb") as stream:
        while piece := stream.read(READ_AT_ONCE):
            digest.update(piece)
    return digest.hexdigest()


def readable(file: Path) -> Path:
    """A file that is there. Raises: Permanent."""
    if not file.is_file():
        raise Permanent(f"There is no file {file}, so this is no test set (docs/evaluation.md).")
    return file
