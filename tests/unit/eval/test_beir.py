import json
import math
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from app.settings import Settings
from app.wiring import open_application
from eval.beir import BeirDocument, Collection, embed, load_collection, measured, prepare, ranking, run, store
from ingest.ports import Embedder, Vectors
from tests.unit.eval.hits import hit


class Words:
    """Counts words; its vectors tell how often it was asked."""

    model_name = "words"
    dimension = 2
    max_tokens = 100

    def __init__(self) -> None:
        self.calls = 0

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(text.split()) for text in texts]

    def embed_documents(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> Vectors:
        del progress
        self.calls += 1
        return np.array([[len(text), self.calls] for text in texts], np.float32)

    def embed_query(self, text: str) -> Vectors:
        return np.array([len(text), 0.0], np.float32)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    corpus = [
        {"_id": "d1", "title": "Wings", "text": "The wing of an aeroplane gives lift."},
        {"_id": "d2", "title": "", "text": "A propeller moves the air behind it."},
        {"_id": "d3", "title": "Nothing", "text": " "},
    ]
    queries = [{"_id": "1", "text": "lift of a wing"}, {"_id": "2", "text": "never judged"}]
    (tmp_path / "corpus.jsonl").write_text("".join(json.dumps(one) + "\n" for one in corpus))
    (tmp_path / "queries.jsonl").write_text("".join(json.dumps(one) + "\n" for one in queries))
    (tmp_path / "qrels").mkdir()
    (tmp_path / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\n1\td1\t3\n1\td2\t1\n")
    return tmp_path


def collection(gains: dict[str, dict[str, int]]) -> Collection:
    return Collection((), dict.fromkeys(gains, "question"), gains)


def test_load_collection_keeps_judged_queries(folder: Path) -> None:
    found = load_collection(folder)

    assert [one.id for one in found.documents] == ["d1", "d2", "d3"]
    assert found.queries == {"1": "lift of a wing"}
    assert found.gains == {"1": {"d1": 3, "d2": 1}}


def test_prepare_cuts_and_puts_the_title_in_front() -> None:
    ready = prepare(BeirDocument("d", "Wings", "One two three. Four five six."), Words(), 3)

    assert ready.texts == ["Wings\nOne two three.", "Wings\nFour five six."]


def test_a_document_without_text_has_no_chunks() -> None:
    assert prepare(BeirDocument("d", "Wings", " "), Words(), 3).chunks == []


def test_vectors_are_read_again_for_the_same_texts(tmp_path: Path) -> None:
    words: Embedder = Words()
    first = embed(["a", "bc"], words, tmp_path)

    assert first.tolist() == [[1.0, 1.0], [2.0, 1.0]]
    assert embed(["a", "bc"], words, tmp_path).tolist() == first.tolist()
    assert embed(["a", "bcd"], words, tmp_path).tolist() == [[1.0, 2.0], [3.0, 2.0]]
    assert embed([], words, None).shape == (0, 2)


def test_a_document_ranks_by_its_best_chunk() -> None:
    assert ranking([hit("d2"), hit("d1"), hit("d2")]) == ["d2", "d1"]


def test_run_asks_every_query() -> None:
    asked = Collection((), {"1": "first", "2": "second"}, {})

    assert run(asked, lambda text: [hit(f"{text}-found")]) == {"1": ["first-found"], "2": ["second-found"]}


def test_measures_by_hand() -> None:
    gains = {"1": {"a": 2, "b": 1}, "2": {"c": 1}, "3": {"d": 1}}
    rankings = {"1": ["x", "b", "a"], "2": ["c"], "3": []}
    ideal = 2 / math.log2(2) + 1 / math.log2(3)

    found = measured(collection(gains), rankings)

    assert sorted(found["nDCG@10"]) == pytest.approx(sorted([(1 / math.log2(3) + 2 / math.log2(4)) / ideal, 1.0, 0.0]))
    assert sorted(found["R@100"]) == [0.0, 1.0, 1.0]
    assert sorted(found["RR@10"]) == [0.0, 0.5, 1.0]


def test_equal_ranks_are_not_reordered_by_document_id() -> None:
    found = measured(collection({"1": {"a": 1}}), {"1": ["z", "a"]})

    assert found["RR@10"] == [0.5]


@pytest.mark.slow
def test_what_is_stored_is_found(folder: Path, tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home", rerank=False)
    loaded = load_collection(folder)

    assert store(loaded, settings, None) == 2
    assert store(loaded, settings, None) == 0
    with open_application(settings) as application:
        assert run(loaded, application.search)["1"][0] == "d1"
