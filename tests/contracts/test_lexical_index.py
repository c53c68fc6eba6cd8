"""The contract of `LexicalIndex`."""

import math
from collections import Counter

import pytest

from ingest.model import Scope
from retrieval.model import Filters
from tests.contracts.stores import ME, Store, chunk, directions
from tests.contracts.test_vector_ranking import FILTERS, fill, letters

CORPUS = [
    "casual leave twelve twelve twelve",
    "casual leave sick leave leave",
    "travel cost hotel",
    "hotel breakfast hotel taxi train flight casual",
    "printer toner",
]


def bm25(corpus: list[str], question: str, k1: float = 1.2, b: float = 0.75) -> list[float]:
    """Robertson and Zaragoza's formula with Lucene's idf, straight from the words."""
    bags = [Counter(text.split()) for text in corpus]
    average = sum(bag.total() for bag in bags) / len(bags)
    scores = [0.0] * len(bags)
    for term in question.split():
        df = sum(term in bag for bag in bags)
        idf = math.log(1 + (len(bags) - df + 0.5) / (df + 0.5))
        for position, bag in enumerate(bags):
            tf = bag[term]
            scores[position] += idf * tf * (k1 + 1) / (tf + k1 * (1 - b + b * bag.total() / average))
    return scores


def found(store: Store, question: str, filters: Filters = Filters(), scope: Scope = ME) -> dict[str, float]:
    hits = store.lexical.search(question, scope, filters, 100)
    texts = [one.text for one in store.passages.passages([hit.chunk_id for hit in hits], scope)]
    return {text: hit.score for text, hit in zip(texts, hits, strict=True)}


@pytest.mark.parametrize(
    "question", ["casual", "casual leave", "hotel taxi unheard", "twelve hotel printer", "leave leave"]
)
def test_scores_are_those_of_the_formula(store: Store, question: str) -> None:
    store.add("a.pdf", CORPUS[:2])
    store.add("b.pdf", CORPUS[2:])
    expected = {text: score for text, score in zip(CORPUS, bm25(CORPUS, question), strict=True) if score > 0}
    assert found(store, question) == pytest.approx(expected, abs=1e-6)


def test_the_best_come_first_and_ties_by_chunk_id(store: Store) -> None:
    store.add("a.pdf", ["leave one", "leave two", "leave leave", "leave six"])
    hits = store.lexical.search("leave", ME, Filters(), 3)
    assert list(found(store, "leave")) == ["leave leave", "leave one", "leave two", "leave six"]
    assert len(hits) == 3


def test_filters_do_not_change_scores(store: Store) -> None:
    store.add("a.pdf", CORPUS[:2])
    store.add("b.pdf", CORPUS[2:])
    everywhere = found(store, "casual hotel")
    limited = found(store, "casual hotel", Filters(documents=("b.pdf",)))
    assert limited == {text: score for text, score in everywhere.items() if text in CORPUS[2:]}


def test_what_a_scope_may_not_see_does_not_change_its_scores(store: Store) -> None:
    store.add("a.pdf", CORPUS)
    alone = found(store, "casual hotel")
    store.add("secret.pdf", ["casual casual", "hotel", "hotel hotel"], collection="secret")
    store.restrict("secret", ["group:board"])
    assert found(store, "casual hotel") == alone
    assert len(found(store, "casual hotel", scope=Scope("ann", frozenset({"board"})))) == len(alone) + 3


@pytest.mark.parametrize(("filters", "expected"), FILTERS)
def test_filters(store: Store, filters: Filters, expected: set[str]) -> None:
    fill(store)
    assert letters(found(store, "word", filters)) == expected


def test_a_scope_sees_its_collections_only(store: Store) -> None:
    fill(store)
    store.restrict("hr", ["group:people"])
    assert letters(found(store, "word")) == {"b"}
    assert found(store, "word", Filters(collections=("hr",))) == {}
    assert letters(found(store, "word", scope=Scope("ann", frozenset({"people"})))) == {"a", "b", "c"}


def test_a_replaced_version_does_not_count(store: Store) -> None:
    store.complete(store.upload("a.pdf", content="old").version_id, ["casual casual", "casual leave", "casual"])
    store.complete(store.upload("a.pdf", content="new").version_id, CORPUS[:2])
    store.add("b.pdf", CORPUS[2:])
    expected = {text: score for text, score in zip(CORPUS, bm25(CORPUS, "casual"), strict=True) if score > 0}
    assert found(store, "casual") == pytest.approx(expected, abs=1e-6)


def test_a_very_long_question(store: Store) -> None:
    store.add("a.pdf", CORPUS)
    question = " ".join(f"word{number}" for number in range(2_400))[:19_980] + " printer casual"
    assert len(question) > 19_900
    assert set(found(store, question)) == {text for text in CORPUS if "printer" in text or "casual" in text}
    assert list(found(store, "printer " + "x" * 20_000)) == ["printer toner"]


def test_title_and_headings_are_found(store: Store) -> None:
    version_id = store.upload().version_id
    chunks = [chunk(0, "You get twelve days.", ("Absence", "Casual leave")), chunk(1, "Nothing.")]
    store.writer.complete(version_id, "Handbook", [], chunks, directions(2))
    assert list(found(store, "casual")) == ["You get twelve days."]
    assert set(found(store, "handbook")) == {"You get twelve days.", "Nothing."}


@pytest.mark.parametrize("question", ["the of and", "", "   ", "?!", "'", "\x00"])
def test_a_question_without_a_content_word_finds_nothing(store: Store, question: str) -> None:
    store.add("a.pdf", ["the casual leave of the staff"])
    assert store.lexical.search(question, ME, Filters(), 10) == []


@pytest.mark.parametrize(
    "question",
    [
        "casual'leave",
        '"casual" & !leave | (x:*',
        "casual; DROP TABLE versions;--",
        "100% casual %s",
        "casual \\ 😀 \udc80",
    ],
)
def test_odd_characters_are_words_and_nothing_else(store: Store, question: str) -> None:
    store.add("a.pdf", ["casual leave of the staff", "printer"])
    assert list(found(store, question)) == ["casual leave of the staff"]


@pytest.mark.parametrize("question", ["sick leave", "sick-leave", "sick/leave", "SICK_LEAVE"])
def test_joined_words_are_found_one_by_one(store: Store, question: str) -> None:
    store.add("a.pdf", ["days of sick-leave", "paid/unpaid", "printer"])
    assert list(found(store, question)) == ["days of sick-leave"]
    assert list(found(store, "unpaid")) == ["paid/unpaid"]


def test_a_missing_blank_after_a_full_stop_does_not_hide_words(store: Store) -> None:
    store.add("a.pdf", ["That is casual.Employees get 2.5 days", "printer"])
    assert list(found(store, "employees")) == ["That is casual.Employees get 2.5 days"]


def test_deletion_is_final_at_once(store: Store) -> None:
    receipt = store.add("a.pdf", CORPUS)
    store.library.delete(receipt.document_id, ME)
    assert store.lexical.search("casual", ME, Filters(), 10) == []
