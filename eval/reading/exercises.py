"""Reading exercises: sections of invented documents with questions that they answer, and questions that they do not."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from generation.evidence import readable
from generation.words import content_stems, coverage

EXERCISES = Path(__file__).parents[1] / "datasets" / "reading"
CLAPNQ_FILES = {"clapnq_dev_answerable.jsonl": True, "clapnq_dev_unanswerable.jsonl": False}
CLAPNQ_WORDS = 60
MOST_ELSEWHERE = 8


@dataclass(frozen=True, slots=True)
class Exercise:
    """A question with the texts that may answer it.

    Attributes:
        question: As a person types it.
        texts: As the reader gets them.
        answers: Which of the texts answer it; none for a question that they do not answer.
        section: Names the section, so that its exercises can be kept together.
    """

    question: str
    texts: tuple[str, ...]
    answers: frozenset[int]
    section: str


def exercises(folder: Path = EXERCISES) -> Iterator[Exercise]:
    """All exercises of a folder of JSON Lines files; the format is described in its README.

    Sections in a row with the same title are one document: to a section's texts come those of the document's other
    sections that share most words with the question, as they do when a whole handbook is searched.
    """
    for file in sorted(folder.glob("*.jsonl")):
        rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
        for title, sections in groupby(enumerate(rows, start=1), key=lambda one: str(one[1]["title"])):
            yield from _document(f"{file.name}:{title}", [(f"{file.name}:{number}", row) for number, row in sections])


def _document(name: str, sections: Sequence[tuple[str, dict[str, Any]]]) -> Iterator[Exercise]:
    texts = [tuple(readable(row["path"][-1], unit) for unit in row["units"]) for _, row in sections]
    for place, (section, row) in enumerate(sections):
        elsewhere = [text for other, some in enumerate(texts) if other != place for text in some]
        kept_together = name if elsewhere else section
        asked = [*((question, places) for question, places, _ in row["qa"]), *((one, []) for one in row["none"])]
        for question, places in asked:
            chosen = places if isinstance(places, list) else [places]
            alike = _most_alike(question, elsewhere)
            yield Exercise(question, (*texts[place], *alike), frozenset(one - 1 for one in chosen), kept_together)


def _most_alike(question: str, texts: Sequence[str]) -> list[str]:
    """At most `MOST_ELSEWHERE` texts, those first that hold most of the question's words."""
    wanted = content_stems(question)
    return sorted(texts, key=lambda text: -coverage(wanted, content_stems(text)))[:MOST_ELSEWHERE]


def clapnq(folder: Path) -> list[Exercise]:
    """ClapNQ's development set: the clauses of a passage, of which those with a selected sentence answer."""
    return [
        _clapnq(json.loads(line))
        for name in CLAPNQ_FILES
        for line in (folder / name).read_text(encoding="utf-8").splitlines()
    ]


def _clapnq(row: dict[str, list[dict[str, list[str]]]]) -> Exercise:
    selected = {sentence for output in row["output"] for sentence in output["selected_sentences"]}
    texts: list[str] = []
    answers: set[int] = set()
    for passage in row["passages"]:
        for run in _runs(passage["sentences"]):
            if selected.intersection(run):
                answers.add(len(texts))
            texts.append(readable(str(passage["title"]), " ".join(run)))
    return Exercise(str(row["input"]), tuple(texts), frozenset(answers), f"clapnq:{row['id']}")


def _runs(sentences: list[str]) -> Iterator[list[str]]:
    """Following sentences of at most `CLAPNQ_WORDS` words together, as the product's clauses are."""
    run: list[str] = []
    for sentence in sentences:
        if run and sum(len(one.split()) for one in [*run, sentence]) > CLAPNQ_WORDS:
            yield run
            run = []
        run.append(sentence)
    if run:
        yield run
