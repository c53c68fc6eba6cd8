import json
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from app.settings import Settings
from app.wiring import open_application
from eval.beir import BeirDocument, BeirSet, load, prepare, ranking
from eval.testset import Question
from ingest.errors import Permanent
from ingest.ports import Vectors
from tests.unit.eval.hits import hit


class Words:
    """Counts words."""

    model_name = "words"
    dimension = 2
    max_tokens = 100

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(text.split()) for text in texts]

    def embed_documents(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> Vectors:
        return np.array([[len(text), 0.0] for text in texts], np.float32)

    def embed_query(self, text: str) -> Vectors:
        return np.array([len(text), 0.0], np.float32)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    corpus = [
        {"_id": "d1", "title": "Wings", "text": "The wing of an aeroplane gives lift."},
        {"_id": "d2", "title": None, "text": "A propeller moves the air behind it."},
        {"_id": "d3", "title": "Nothing", "text": " "},
    ]
    queries = [{"_id": "1", "text": "lift of a wing"}, {"_id": "2", "text": "not judged"}, {"_id": "3", "text": "bad"}]
    (tmp_path / "corpus.jsonl").write_text("".join(json.dumps(one) + "\n" for one in corpus))
    (tmp_path / "queries.jsonl").write_text("".join(json.dumps(one) + "\n" for one in queries))
    (tmp_path / "qrels").mkdir()
    (tmp_path / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\n1\td1\t3\n1\td2\t1\n3\td1\t0\n")
    return tmp_path


def test_only_queries_with_a_relevant_document_are_asked(folder: Path) -> None:
    found = load(folder)

    assert [(one.id, one.title) for one in found.documents] == [("d1", "Wings"), ("d2", ""), ("d3", "Nothing")]
    assert found.questions == [Question("1", "lift of a wing", {"d1": 3, "d2": 1})]
    assert {one.name for one in found.files()} == {"corpus.jsonl", "queries.jsonl", "test.tsv"}


def test_another_split_is_read_where_it_is_the_only_one(folder: Path) -> None:
    (folder / "qrels" / "test.tsv").rename(folder / "qrels" / "dev.tsv")
    assert len(load(folder).questions) == 1
    (folder / "qrels" / "train.tsv").touch()
    with pytest.raises(Permanent, match=r"needs test\.tsv, or one other \.tsv file; it has 2"):
        load(folder)


@pytest.mark.parametrize(
    ("file", "content"),
    [("corpus.jsonl", '{"_id": "d1"}'), ("queries.jsonl", "no JSON"), ("qrels/test.tsv", "query\n1\td1\tmany\n")],
)
def test_what_is_not_in_the_layout_is_told(folder: Path, file: str, content: str) -> None:
    (folder / file).write_text(content)
    with pytest.raises(Permanent, match="is not in BEIR's layout"):
        load(folder)


def test_prepare_cuts_and_puts_the_title_in_front() -> None:
    ready = prepare(BeirDocument("d", "Wings", "One two three. Four five six."), Words(), 3)

    assert ready.texts == ["Wings\nOne two three.", "Wings\nFour five six."]


def test_a_document_without_text_has_no_chunks() -> None:
    assert prepare(BeirDocument("d", "Wings", " "), Words(), 3).chunks == []


def test_a_document_ranks_by_its_best_chunk() -> None:
    assert ranking([hit("d2"), hit("d1"), hit("d2")]) == ["d2", "d1"]


@pytest.mark.slow
def test_what_is_stored_is_found(folder: Path, tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home", rerank=False)
    loaded: BeirSet = load(folder)

    for _ in range(2):
        stored = loaded.store(settings, tmp_path / "cache")
        assert (stored.documents, stored.chunks) == (2, 2)
    with open_application(settings) as application:
        (question,) = loaded.questions
        assert loaded.results(question, application.search(question.text))[0] == "d1"
