"""The search flow over small fakes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.model import Scope
from ingest.ports import Vectors
from retrieval.fusion import best_first
from retrieval.model import Filters, Passage, Query, Scored
from retrieval.search import Retriever, SearchSettings, join_rerank, one_a_page
from tests.unit.material import WordReranker, hit, passage


@dataclass(frozen=True, slots=True)
class Ranking:
    """Either index: a fixed ranking; remembers what it was asked."""

    found: list[Scored]
    asked: list[tuple[Scope, Filters, int]] = field(default_factory=list)

    def search(self, asked: object, scope: Scope, filters: Filters, k: int) -> list[Scored]:
        self.asked.append((scope, filters, k))
        return self.found[:k]


@dataclass(frozen=True, slots=True)
class Shelf:
    """Passages by id."""

    stored: dict[int, Passage]

    def passages(self, chunk_ids: Sequence[int], scope: Scope) -> list[Passage]:
        return [self.stored[one] for one in chunk_ids if one in self.stored]

    def neighbours(self, passage: Passage, scope: Scope, radius: int = 1) -> list[Passage]:
        return [passage]


class OneVector:
    """An embedder that sees no difference."""

    def embed_query(self, text: str) -> Vectors:
        return np.ones(2, dtype=np.float32)


STORED = {number: passage(f"Sentence {number}.", chunk_id=number, page=number) for number in range(1, 31)}
DENSE = [Scored(1, 0.9), Scored(2, 0.8), Scored(3, 0.7)]
LEXICAL = [Scored(3, 9.0), Scored(4, 5.0), Scored(1, 1.0)]


def seconds(step: float = 0.0) -> Iterator[float]:
    now = 100.0
    while True:
        yield now
        now += step


def retriever(
    settings: SearchSettings,
    reranker: WordReranker | None = None,
    step: float = 0.0,
    stored: dict[int, Passage] = STORED,
) -> Retriever:
    clock = seconds(step)
    return Retriever(
        OneVector(), Ranking(DENSE), Ranking(LEXICAL), Shelf(stored), reranker, settings, lambda: next(clock)
    )


def found(made: Retriever, question: str = "sentence", k: int = 10) -> list[int]:
    return [one.passage.chunk_id for one in made.search(Query(question, k=k))]


@pytest.mark.parametrize(
    ("fusion", "expected"),
    [
        ("dense", [1, 2, 3]),
        ("lexical", [3, 4, 1]),
        ("rrf", [1, 3, 2, 4]),
        ("blend", [1, 3, 2, 4]),
    ],
)
def test_each_way_to_join_the_rankings(fusion: str, expected: list[int]) -> None:
    settings = SearchSettings(fusion=fusion, dense_weight=0.6)  # type: ignore[arg-type]
    assert found(retriever(settings)) == expected
    assert all(0.0 <= one.score <= 1.0 for one in retriever(settings).rank(Query("x")))


def test_a_crowded_page_does_not_push_out_the_others() -> None:
    stored = {number: passage("Leave.", chunk_id=number, page=(number - 1) // 4) for number in range(1, 31)}
    crowd = Ranking([Scored(number, 1.0 / number) for number in range(1, 31)])
    made = replace(retriever(SearchSettings(fusion="dense"), stored=stored), vectors=crowd)
    assert found(made, k=7) == [1, 5, 9, 13, 17, 21, 25]


def test_a_hit_carries_its_ranks_and_scores() -> None:
    hits = {one.passage.chunk_id: one for one in retriever(SearchSettings(dense_weight=0.6)).rank(Query("x"))}
    assert (hits[3].dense_rank, hits[3].lexical_rank, hits[3].similarity) == (3, 1, 0.7)
    assert (hits[4].dense_rank, hits[4].lexical_rank, hits[4].similarity) == (None, 2, None)
    assert hits[1].score == pytest.approx(0.6)
    assert hits[3].score == pytest.approx(0.4)
    assert all(one.rerank_score is None for one in hits.values())


def test_scope_filters_and_depth_reach_both_indexes() -> None:
    made = retriever(SearchSettings(candidates=50))
    query = Query("x", Scope("ann", frozenset({"hr"})), Filters(tags=("a",)), k=80)
    made.search(query)
    for index in (made.vectors, made.lexical):
        assert isinstance(index, Ranking)
        assert index.asked == [(query.scope, query.filters, 80)]


def test_no_more_hits_than_wanted() -> None:
    assert found(retriever(SearchSettings()), k=2) == [1, 3]


def test_chunks_deleted_meanwhile_are_left_out() -> None:
    stored = {number: one for number, one in STORED.items() if number != 1}
    assert found(retriever(SearchSettings(), stored=stored)) == [3, 2, 4]


def test_the_cross_encoder_reads_headings_and_title() -> None:
    reranker = WordReranker()
    retriever(SearchSettings(), reranker).search(Query("x"))
    assert "Handbook > Leave\nSentence 1." in reranker.read


def test_reranking_is_blended_in() -> None:
    stored = {**STORED, 4: passage("Casual leave.", chunk_id=4, page=4)}
    settings = SearchSettings(dense_weight=0.6, rerank_weight=0.9)
    hits = retriever(settings, WordReranker(), stored=stored).search(Query("casual leave"))
    assert hits[0].passage.chunk_id == 4
    assert hits[0].rerank_score == 2.0
    assert found(retriever(replace(settings, rerank_weight=0.0), WordReranker(), stored=stored), "casual leave")[0] == 1


def test_reranking_stops_when_its_time_is_up() -> None:
    reranker = WordReranker()
    made = retriever(SearchSettings(rerank_budget_s=1.0, fusion="dense"), reranker, step=0.75)
    crowd = Ranking([Scored(number, 1.0 / number) for number in range(1, 31)])
    hits = replace(made, vectors=crowd).rank(Query("x"))
    assert len(reranker.read) == 4
    assert [one.rerank_score is not None for one in hits[:5]] == [True] * 4 + [False]
    assert [one.passage.chunk_id for one in hits[4:8]] == [5, 6, 7, 8]


def test_only_so_many_candidates_are_reranked() -> None:
    reranker = WordReranker()
    made = retriever(SearchSettings(rerank_candidates=6, fusion="dense"), reranker)
    replace(made, vectors=Ranking([Scored(number, 1.0 / number) for number in range(1, 31)])).rank(Query("x"))
    assert len(reranker.read) == 6


def test_one_hit_a_page_and_the_best_of_it() -> None:
    places = [(1, 1, 5), (2, 1, 5), (3, 1, 6), (4, 2, 5)]
    hits = [
        hit(passage("A.", chunk_id=chunk_id, version_id=version, page=page), score=1.0 / chunk_id)
        for chunk_id, version, page in places
    ]
    assert [one.passage.chunk_id for one in one_a_page(hits)] == [1, 3, 4]
    assert one_a_page([]) == []


def test_fused_scores_and_logits_are_scaled_and_weighed() -> None:
    fused = [Scored(1, 0.8), Scored(2, 0.6), Scored(3, 0.4), Scored(4, 0.3), Scored(5, 0.1)]
    joined = join_rerank(fused, {1: -4.0, 2: 6.0, 3: 1.0}, 0.6)
    assert {one.chunk_id: one.score for one in joined} == pytest.approx(
        {1: 0.4, 2: 0.4 * 0.5 + 0.6, 3: 0.6 * 0.5, 4: -0.1, 5: -0.3}
    )
    assert [one.chunk_id for one in joined] == [2, 1, 3, 4, 5]


def test_without_logits_the_ranking_stays() -> None:
    assert join_rerank(DENSE, {}, 0.6) == DENSE


rankings = st.dictionaries(st.integers(1, 40), st.floats(0, 1).map(lambda one: round(one, 4)), min_size=1).map(
    best_first
)


@given(rankings, st.lists(st.floats(-12, 12), min_size=1, max_size=12), st.floats(0, 1))
def test_what_was_not_reranked_stays_behind_in_its_order(
    fused: list[Scored], scores: list[float], weight: float
) -> None:
    logits = {one.chunk_id: score for one, score in zip(fused, scores, strict=False)}
    joined = join_rerank(fused, logits, weight)
    assert sorted(one.chunk_id for one in joined) == sorted(one.chunk_id for one in fused)
    assert [one.chunk_id for one in joined[len(logits) :]] == [one.chunk_id for one in fused[len(logits) :]]
    assert all(-1e-9 <= one.score <= 1 + 1e-9 for one in joined[: len(logits)])
    ordered = [one.score for one in joined]
    assert ordered == sorted(ordered, reverse=True)
