"""Asks the sample handbook its 40 questions and judges the answers.

An answer is right when it was given, cites a page that holds the truth, and its sentences and quotes contain every fact
that the question asks for. A question that the handbook does not answer must be refused.

python -m eval.sample
"""

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.wiring import open_application
from eval.home import evaluation_home, ingest
from eval.report import table, write_json
from eval.variants import add_settings_flags, overrides, settings_for, shown
from generation.model import Answer

QUESTIONS = Path(__file__).parent / "datasets" / "sample_handbook.jsonl"
HANDBOOK = Path(__file__).parents[1] / "app" / "sample" / "quillmere-handbook.pdf"


@dataclass(frozen=True, slots=True)
class SampleQuestion:
    """A question on the handbook.

    Attributes:
        id: Its name in the file.
        question: What is asked.
        type: The kind of question.
        answerable: Does the handbook answer it?
        facts: Strings of the handbook that a right answer shows.
        pages: Pages that hold the answer, from 1.
    """

    id: str
    question: str
    type: str
    answerable: bool
    facts: tuple[str, ...]
    pages: frozenset[int]


@dataclass(frozen=True, slots=True)
class Judgement:
    """What became of a question; `fault` is empty for a right answer or a right refusal."""

    asked: SampleQuestion
    answer: Answer
    fault: str


def load_questions(file: Path) -> list[SampleQuestion]:
    """The questions of a file, one JSON object a line."""
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
    return [
        SampleQuestion(
            row["id"], row["question"], row["type"], row["answerable"], tuple(row["facts"]), frozenset(row["pages"])
        )
        for row in rows
    ]


def judge(asked: SampleQuestion, answer: Answer) -> Judgement:
    """Compare an answer with the truth."""
    return Judgement(asked, answer, _fault(asked, answer))


def _fault(asked: SampleQuestion, answer: Answer) -> str:
    if not asked.answerable:
        return "" if answer.abstained else "answered what the handbook does not say"
    if answer.abstained:
        return "refused"
    if not cited_pages(answer) & asked.pages:
        return f"cites pages {sorted(cited_pages(answer))} instead of {sorted(asked.pages)}"
    said = normalised(" ".join(_texts(answer)))
    missing = [fact for fact in asked.facts if normalised(fact) not in said]
    return f"lacks {missing}" if missing else ""


def cited_pages(answer: Answer) -> set[int]:
    """All pages that the answer's citations lie on."""
    citations = [one for sentence in answer.sentences for one in sentence.citations]
    return {region.page for citation in citations for region in citation.regions}


def normalised(text: str) -> str:
    """Case, white space and the shape of dashes and quotation marks do not matter."""
    plain = text.translate(str.maketrans("\u2010\u2011\u2012\u2013\u2014\u2018\u2019\u201c\u201d", "-----''\"\""))
    return " ".join(plain.casefold().split())


def _texts(answer: Answer) -> list[str]:
    quotes = [citation.quote for sentence in answer.sentences for citation in sentence.citations]
    return [*(sentence.text for sentence in answer.sentences), *quotes]


def show(judged: Sequence[Judgement]) -> str:
    """Totals, totals by type, and everything that went wrong."""
    rows = [_row("answerable", [one for one in judged if one.asked.answerable])]
    rows.append(_row("not answerable", [one for one in judged if not one.asked.answerable]))
    for kind in dict.fromkeys(one.asked.type for one in judged):
        rows.append(_row(f"  {kind}", [one for one in judged if one.asked.type == kind]))
    rows.append(_row("all", judged))
    return "\n".join([table(["", "right", "of"], rows), *(_wrong(one) for one in judged if one.fault)])


def _row(name: str, judged: Sequence[Judgement]) -> list[str]:
    return [name, str(sum(not one.fault for one in judged)), str(len(judged))]


def _wrong(one: Judgement) -> str:
    said = " / ".join(sentence.text for sentence in one.answer.sentences) or "(refused)"
    facts = f"\n    wanted   {'; '.join(one.asked.facts)}" if one.asked.facts else ""
    return (
        f"\n{one.asked.id}: {one.asked.question}\n    {one.fault} (confidence {one.answer.confidence:.2f})"
        f"{facts}\n    answered {said}"
    )


def as_json(one: Judgement) -> dict[str, Any]:
    """A judgement for the record."""
    return {
        "id": one.asked.id,
        "type": one.asked.type,
        "right": not one.fault,
        "fault": one.fault,
        "confidence": one.answer.confidence,
        "answer": [sentence.text for sentence in one.answer.sentences],
        "pages": sorted(cited_pages(one.answer)),
        "timings_ms": one.answer.timings_ms,
    }


def main() -> None:
    """Ingest the handbook into a home of its own, ask, judge, print."""
    parser = argparse.ArgumentParser(description="Asks the sample handbook its questions and judges the answers.")
    parser.add_argument("--questions", type=Path, default=QUESTIONS)
    parser.add_argument("--document", type=Path, default=HANDBOOK)
    parser.add_argument("--out", type=Path, help="write the result as JSON")
    parser.add_argument("--answer-threshold", type=float)
    parser.add_argument("--evidence-hits", type=int)
    add_settings_flags(parser)
    arguments = parser.parse_args()
    with evaluation_home(None) as home:
        settings = settings_for(home, overrides(arguments))
        with open_application(settings) as application:
            ingest(application, [arguments.document])
            judged = [judge(one, application.ask(one.question)) for one in load_questions(arguments.questions)]
    print(f"{arguments.document.name}: {len(judged)} questions\n{shown(settings)}")
    print(show(judged))
    write_json(arguments.out, {"settings": shown(settings), "questions": [as_json(one) for one in judged]})


if __name__ == "__main__":
    main()
