"""Page-level retrieval: is a page that holds the answer among the first hits?

A collection is a folder with `pdfs/*.pdf` and `qa/ground_truth.jsonl`, whose lines hold `question` and `truth`: an
answer that ends in one or more references `[file.pdf#page=N]`. The references are a page early for about a quarter of
the questions (the answer stands on N + 1), so a hit on page N or N + 1 counts.
"""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eval.metrics import Estimate, estimate, first_rank, hit_at, reciprocal_rank
from retrieval.model import Hit

REFERENCE = re.compile(r"\[([^\[\]#]+)#page=(\d+)\]")
DEPTHS = (1, 3, 5, 10)
MOST_HITS = max(DEPTHS)
SLACK = 1

Place = tuple[str, int]


@dataclass(frozen=True, slots=True)
class PageQuestion:
    """A question and the (document, page) places that answer it, pages from 1."""

    question: str
    places: frozenset[Place]


@dataclass(frozen=True, slots=True)
class PageOutcome:
    """What a search brought for a question.

    Attributes:
        asked: The question.
        hits: What was found, best first.
        rank: Rank of the first hit whose first page is right, `None` for none.
        rank_spanned: The same, counting every page that the hit's text covers.
    """

    asked: PageQuestion
    hits: tuple[Hit, ...]
    rank: int | None
    rank_spanned: int | None


def load_questions(folder: Path) -> list[PageQuestion]:
    """The questions of a collection.

    Raises:
        ValueError: A line refers to no page.
    """
    lines = (folder / "qa" / "ground_truth.jsonl").read_text(encoding="utf-8").splitlines()
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


def answers(asked: PageQuestion, document: str, page: int, page_end: int) -> bool:
    """Does a text on these pages of a document stand where the answer is?"""
    return any(name == document and page <= right + SLACK and page_end >= right for name, right in asked.places)


def look(asked: PageQuestion, search: Callable[[str], Sequence[Hit]]) -> PageOutcome:
    """Search for one question."""
    hits = tuple(search(asked.question))
    found = [hit.passage for hit in hits]
    return PageOutcome(
        asked,
        hits,
        first_rank(answers(asked, one.document, one.page, one.page) for one in found),
        first_rank(answers(asked, one.document, one.page, one.page_end) for one in found),
    )


def measures(ranks: Sequence[int | None]) -> dict[str, Estimate]:
    """Page hit@1, 3, 5, 10 and MRR@10 over questions."""
    hits = {f"hit@{k}": estimate([hit_at(rank, k) for rank in ranks]) for k in DEPTHS}
    return {**hits, f"MRR@{MOST_HITS}": estimate([reciprocal_rank(rank, MOST_HITS) for rank in ranks])}


def outcome_json(outcome: PageOutcome) -> dict[str, Any]:
    """An outcome for the record."""
    return {
        "question": outcome.asked.question,
        "places": sorted(outcome.asked.places),
        "rank": outcome.rank,
        "rank_spanned": outcome.rank_spanned,
        "hits": [
            [hit.passage.document, hit.passage.page, hit.passage.page_end, round(hit.score, 4)] for hit in outcome.hits
        ],
    }
