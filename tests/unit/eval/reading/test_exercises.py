"""The exercises that the reader learns from."""

import json
from pathlib import Path

import pytest

from eval.reading.exercises import EXERCISES, clapnq, exercises
from eval.sample import QUESTIONS, normalised

DEVELOPMENT = QUESTIONS.with_name("development_handbooks.jsonl")
FILES = sorted(EXERCISES.glob("*.jsonl"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_answer_stands_in_its_unit(file: Path) -> None:
    for line in file.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        assert set(row) == {"title", "path", "units", "qa", "none", "claims"}
        for question, places, answer in row["qa"]:
            chosen = places if isinstance(places, list) else [places]
            assert any(answer in row["units"][place - 1] for place in chosen), question
        for claim, place, supported in row["claims"]:
            assert 1 <= place <= len(row["units"]), claim
            assert supported in (0, 1), claim


def test_an_exercise_for_every_question() -> None:
    every = list(exercises())
    answered = sum(bool(one.answers) for one in every)
    assert 0.4 < answered / len(every) < 0.6
    assert all(max(one.answers, default=0) < len(one.texts) for one in every)


def test_nothing_is_learned_that_is_measured_on() -> None:
    measured = {
        normalised(json.loads(line)["question"])
        for file in (QUESTIONS, DEVELOPMENT)
        for line in file.read_text(encoding="utf-8").splitlines()
    }
    assert not measured & {normalised(one.question) for one in exercises()}


def test_the_text_is_what_the_reader_gets_in_the_product() -> None:
    row = json.loads(FILES[0].read_text(encoding="utf-8").splitlines()[0])
    first = next(exercises())
    assert first.question == row["qa"][0][0]
    assert first.texts[0] == f"{row['path'][-1]}. {' '.join(row['units'][0].split())}"


def test_the_other_sections_of_a_document_are_read_too(tmp_path: Path) -> None:
    def section(title: str, heading: str, unit: str, **questions: object) -> str:
        return json.dumps({"title": title, "path": [heading], "units": [unit], "qa": [], "none": [], **questions})

    rows = [
        section(
            "Handbook", "Leave", "You get 26 days.", qa=[["how many days", 1, "26"]], none=["who approves the days"]
        ),
        section("Handbook", "Trips", "The manager approves trips.", none=["who pays"]),
        section("Other", "Trips", "Anna approves trips."),
    ]
    (tmp_path / "documents.jsonl").write_text("\n".join(rows), encoding="utf-8")
    asked = {one.question: one for one in exercises(tmp_path)}
    assert asked["how many days"].texts == ("Leave. You get 26 days.", "Trips. The manager approves trips.")
    assert asked["how many days"].answers == {0}
    assert not asked["who approves the days"].answers
    assert asked["who pays"].texts[0] == "Trips. The manager approves trips."
    assert {one.section for one in asked.values()} == {"documents.jsonl:Handbook"}


def test_the_selected_sentences_of_clapnq_answer(tmp_path: Path) -> None:
    sentences = ["Rain fell . " + "on " * 60, "It fell in 1902 .", "Nobody was hurt ."]
    passage = {"title": "Rain", "sentences": sentences}
    answerable = {"id": "1", "input": "when", "passages": [passage], "output": [{"selected_sentences": sentences[1:2]}]}
    other = {"id": "2", "input": "who", "passages": [passage], "output": [{"selected_sentences": []}]}
    for name, row in (("answerable", answerable), ("unanswerable", other)):
        (tmp_path / f"clapnq_dev_{name}.jsonl").write_text(json.dumps(row) + "\n", encoding="utf-8")
    one, none = clapnq(tmp_path)
    assert len(one.texts) == 2
    assert one.texts[1] == "Rain. It fell in 1902 . Nobody was hurt ."
    assert (one.answers, none.answers) == (frozenset({1}), frozenset())
