import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from eval.beir import BeirSet
from eval.files import write_json
from eval.pages import PageQuestion, PageSet
from eval.runs import Run, ask, measure, pins, question_lines, read_run, run_json
from eval.testset import Question, fingerprint
from ingest.errors import Permanent
from retrieval.model import Hit
from tests.unit.eval.hits import hit

TESTS = BeirSet("set", [], [Question("q1", "first", {"a": 1}), Question("q2", "second", {"b": 2, "c": 0})])


def search(text: str) -> Sequence[Hit]:
    return {"first": [hit("x"), hit("a")], "second": [hit("b")]}[text]


def test_every_question_is_asked_and_measured() -> None:
    told: list[int] = []

    outcomes = ask(TESTS.questions, search, TESTS.results, told.append)
    values = measure(TESTS, outcomes)

    assert [one.results for one in outcomes] == [("x", "a"), ("b",)]
    assert values["MRR@10"] == (0.5, 1.0)
    assert told == [1, 2]


def test_measures_that_look_deeper_than_was_searched_are_left_out() -> None:
    asked = PageSet("set", [PageQuestion("first", frozenset({("a", 1)}))], [])
    outcomes = ask(asked.questions, search, asked.results)

    assert set(measure(asked, outcomes, 3)) == {
        *("page hit@1", "page hit@3", "any page hit@1", "any page hit@3"),
        *("recall@1", "recall@3", "MAP"),
    }


def test_a_line_tells_what_was_right_and_what_was_found() -> None:
    outcomes = ask(TESTS.questions, search, TESTS.results)

    first, _ = map(json.loads, question_lines(outcomes, measure(TESTS, outcomes)))

    assert (first["id"], first["question"], first["relevant"]) == ("q1", "first", {"a": 1})
    assert [(one["result"], one["gain"]) for one in first["hits"]] == [("x", 0), ("a", 1)]
    assert first["measures"]["MRR@10"] == 0.5


def test_a_run_is_read_as_it_was_written(tmp_path: Path) -> None:
    pinned = pins({"a": "1"}, {"rerank": True}, 100, None)
    kept = Run("default", pinned, ("q1", "q2"), {"MAP": (0.25, 1.0)})
    write_json(tmp_path / "run.json", run_json(kept))

    found = read_run(tmp_path / "run.json")

    assert (found.name, found.questions, found.values) == ("default", ("q1", "q2"), {"MAP": (0.25, 1.0)})
    assert found.pins["data"] == {"a": "1"}
    assert pinned["versions"]["ir-measures"] != "absent"
    assert json.loads((tmp_path / "run.json").read_text())["measures"]["MAP"]["mean"] == 0.625


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"measures": {"MAP": {"values": "no"}}}'])
def test_another_file_is_no_run(tmp_path: Path, content: str) -> None:
    (tmp_path / "run.json").write_text(content)
    with pytest.raises(Permanent, match=r"is not the run\.json of an earlier run"):
        read_run(tmp_path / "run.json")
    with pytest.raises(Permanent, match="cannot be read"):
        read_run(tmp_path / "absent.json")


def test_the_fingerprint_of_data_tells_each_file(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("1")
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "c").write_text("2")

    found = fingerprint([tmp_path / "b" / "c", tmp_path / "a"], tmp_path)

    assert list(found) == ["a", "b/c"]
    assert found["a"].startswith("6b86b273ff34")
