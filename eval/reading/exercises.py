"""Reading exercises: sections of invented documents with questions that they answer, and questions that they do not."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from generation.evidence import readable

EXERCISES = Path(__file__).parents[1] / "datasets" / "reading"
CLAPNQ_FILES = {"clapnq_dev_answerable.jsonl": True, "clapnq_dev_unanswerable.jsonl": False}
CLAPNQ_WORDS = 60


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
    """All exercises of a folder of JSON Lines files; the format is described in its README."""
    for file in sorted(folder.glob("*.jsonl")):
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
            row = json.loads(line)
            texts = tuple(readable(row["path"][-1], unit) for unit in row["units"])
            section = f"{file.name}:{number}"
            for question, places, _ in row["qa"]:
                chosen = places if isinstance(places, list) else [places]
                yield Exercise(question, texts, frozenset(place - 1 for place in chosen), section)
            for question in row["none"]:
                yield Exercise(question, texts, frozenset(), section)


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
