"""The small test sets of the gate, made of what the project itself holds."""

import hashlib
import json
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from eval.beir import BeirDocument, BeirSet
from eval.pages import PageQuestion, PageSet
from eval.sample import HANDBOOK, QUESTIONS, load_questions
from eval.testset import Question, QuestionSet

READING = Path(__file__).parent / "datasets" / "reading"
# Files that are added to that folder later do not change the set.
FILES = ("encyclopaedia", "handbooks", "manuals", "regulations", "tables", "wikis")
SECTIONS = 120
QUESTIONS_ASKED = 100
SEED = 20_261


@dataclass(frozen=True, slots=True)
class GateSet:
    """A test set and how it is searched.

    Attributes:
        tests: The set.
        asked: By setting, how many of its questions are asked; reranking takes its time.
        data: SHA-256 of what the set is made of, by name.
    """

    tests: QuestionSet
    asked: Mapping[str, int]
    data: Mapping[str, str]


def gate_sets() -> dict[str, GateSet]:
    """All of them, by name."""
    handbook, reading = handbook_set(), reading_set()
    return {
        "handbook": GateSet(handbook, {"lexical": 32, "dense": 32, "default": 32}, _hashes(handbook.files())),
        "reading": GateSet(reading, {"lexical": 100, "dense": 100, "default": 20}, {"set": _content(reading)}),
    }


def handbook_set() -> PageSet:
    """The sample handbook and its questions that have an answer; the pages are right, so none after them counts."""
    asked = [one for one in load_questions(QUESTIONS) if one.answerable]
    questions = [PageQuestion(one.question, frozenset((HANDBOOK.name, page) for page in one.pages)) for one in asked]
    return PageSet("handbook", questions, [HANDBOOK], [QUESTIONS], [one.id for one in asked], slack=0)


def reading_set(folder: Path = READING) -> BeirSet:
    """Sections of the reading exercises as documents, and some of the questions that they answer; drawn by a seed."""
    drawing = random.Random(SEED)
    rows = [row for name in FILES for row in _rows(folder / f"{name}.jsonl")]
    chosen = drawing.sample(rows, min(SECTIONS, len(rows)))
    documents = [_document(row, number) for number, row in enumerate(chosen, start=1)]
    questions = [
        Question(f"{document.id}:{place}", asked[0], {document.id: 1})
        for row, document in zip(chosen, documents, strict=True)
        for place, asked in enumerate(row["qa"], start=1)
    ]
    return BeirSet("reading", documents, drawing.sample(questions, min(QUESTIONS_ASKED, len(questions))))


def _document(row: Mapping[str, list[str]], number: int) -> BeirDocument:
    return BeirDocument(f"section-{number:03}", " > ".join([str(row["title"]), *row["path"]]), "\n".join(row["units"]))


def _rows(file: Path) -> Iterator[dict[str, list[str]]]:
    for line in file.read_text(encoding="utf-8").splitlines():
        yield json.loads(line)


def _hashes(files: Sequence[Path]) -> dict[str, str]:
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def _content(tests: BeirSet) -> str:
    """Changes with what is drawn, not with exercises that are not."""
    parts = [f"{one.id}\0{one.title}\0{one.text}" for one in tests.documents]
    parts += [f"{one.id}\0{one.text}" for one in tests.questions]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()
