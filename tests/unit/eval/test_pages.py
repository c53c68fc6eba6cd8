import json
from pathlib import Path

import pytest

from eval.pages import PageQuestion, answers, load_questions, look, measures, outcome_json, places
from retrieval.model import Hit
from tests.unit.eval.hits import hit

ASKED = PageQuestion("How many days?", frozenset({("a.pdf", 7), ("b.pdf", 2)}))


def test_places_finds_all_references() -> None:
    truth = "Ten days [a_b.pdf#page=7], but [not a page] in 2024 [c-d.pdf#page=12]."

    assert places(truth) == {("a_b.pdf", 7), ("c-d.pdf", 12)}


def test_an_answer_without_a_reference_is_a_mistake_in_the_data() -> None:
    with pytest.raises(ValueError, match=r"no \[file\.pdf#page=N\]"):
        places("Ten days [a.pdf].")


def test_load_questions(tmp_path: Path) -> None:
    (tmp_path / "qa").mkdir()
    row = {"question": "How many?", "truth": "Ten [a.pdf#page=3]"}
    (tmp_path / "qa" / "ground_truth.jsonl").write_text(json.dumps(row) + "\n\n")

    assert load_questions(tmp_path) == [PageQuestion("How many?", frozenset({("a.pdf", 3)}))]


@pytest.mark.parametrize(
    ("document", "page", "page_end", "expected"),
    [
        ("a.pdf", 7, 7, True),
        ("a.pdf", 8, 8, True),
        ("a.pdf", 9, 9, False),
        ("a.pdf", 6, 6, False),
        ("a.pdf", 6, 7, True),
        ("a.pdf", 5, 6, False),
        ("a.pdf", 1, 20, True),
        ("b.pdf", 7, 7, False),
        ("b.pdf", 3, 3, True),
    ],
)
def test_a_hit_counts_on_the_page_or_the_next(document: str, page: int, page_end: int, expected: bool) -> None:
    assert answers(ASKED, document, page, page_end) is expected


def test_look_ranks_by_the_first_page_and_by_any_page() -> None:
    def search(question: str) -> list[Hit]:
        assert question == ASKED.question
        return [hit("b.pdf", 9), hit("a.pdf", 6, 7), hit("a.pdf", 8)]

    outcome = look(ASKED, search)

    assert (outcome.rank, outcome.rank_spanned) == (3, 2)
    assert outcome_json(outcome)["hits"][1] == ["a.pdf", 6, 7, 0.0]


def test_measures_by_hand() -> None:
    found = measures([1, 2, None, 10])

    assert {name: one.mean for name, one in found.items()} == {
        "hit@1": 0.25,
        "hit@3": 0.5,
        "hit@5": 0.5,
        "hit@10": 0.75,
        "MRR@10": pytest.approx((1 + 0.5 + 0 + 0.1) / 4),
    }
