import json
from pathlib import Path

import pytest

from eval.pages import PageQuestion, PageSet, answers, load, load_questions, places
from eval.testset import Question
from ingest.errors import Permanent
from tests.unit.eval.hits import hit

ASKED = PageQuestion("How many days?", frozenset({("a.pdf", 7), ("b.pdf", 2)}))


def page_set(*asked: PageQuestion, slack: int = 1) -> PageSet:
    return PageSet("set", asked, [], slack=slack)


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


@pytest.mark.parametrize("lines", ["{", '{"question": "How many?"}', '{"question": "How?", "truth": "no page"}'])
def test_what_is_not_in_the_format_is_told(tmp_path: Path, lines: str) -> None:
    for name in ("pdfs", "qa"):
        (tmp_path / name).mkdir()
    (tmp_path / "pdfs" / "a.pdf").touch()
    with pytest.raises(Permanent, match="There is no file"):
        load(tmp_path)
    (tmp_path / "qa" / "ground_truth.jsonl").write_text(lines)
    with pytest.raises(Permanent, match=r"ground_truth\.jsonl is not in this format"):
        load(tmp_path)


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


def test_a_hit_stands_for_a_reference_once() -> None:
    (question,) = page_set(ASKED).questions
    hits = [hit("a.pdf", 9), hit("a.pdf", 8), hit("a.pdf", 7), hit("b.pdf", 2)]

    assert question.gains == {"a.pdf#page=7": 1, "b.pdf#page=2": 1}
    assert page_set(ASKED).results(question, hits) == [
        "a.pdf#page=9 at rank 1",
        "a.pdf#page=7",
        "a.pdf#page=7 at rank 3",
        "b.pdf#page=2",
    ]


def test_the_page_itself_is_taken_before_the_one_in_front_of_it() -> None:
    asked = PageQuestion("?", frozenset({("a.pdf", 7), ("a.pdf", 8)}))

    assert page_set(asked).results(page_set(asked).questions[0], [hit("a.pdf", 8), hit("a.pdf", 7)]) == [
        "a.pdf#page=8",
        "a.pdf#page=7",
    ]


def test_without_slack_only_the_page_itself_counts() -> None:
    exact = page_set(ASKED, slack=0)
    hits = [hit("a.pdf", 8), hit("a.pdf", 7)]

    assert exact.results(exact.questions[0], hits) == ["a.pdf#page=8 at rank 1", "a.pdf#page=7"]
    assert exact.extra(exact.questions[0], hits)["page hit@1"] == 0.0


def test_page_hits_count_by_the_first_page_and_by_any_page() -> None:
    hits = [hit("b.pdf", 9), hit("a.pdf", 6, 7), hit("a.pdf", 8)]

    found = page_set(ASKED).extra(Question("1", ASKED.question, {"a.pdf#page=7": 1}), hits)

    assert (found["page hit@1"], found["page hit@3"]) == (0.0, 1.0)
    assert (found["any page hit@1"], found["any page hit@3"]) == (0.0, 1.0)
    assert found["any page MRR@10"] == 0.5
