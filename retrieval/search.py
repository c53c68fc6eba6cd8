"""The search: dense and lexical rankings, fused, reranked and blended."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from ingest.context import contextual_text
from retrieval.fusion import best_first, blend, reciprocal_rank_fusion, scaled
from retrieval.model import Hit, Passage, Query, Scored
from retrieval.ports import LexicalIndex, PassageReader, QueryEmbedder, Reranker, VectorRanking

logger = logging.getLogger(__name__)

PAGE_CHUNKS = 4
"""How many chunks are fetched for one hit wanted, since several may stand on one page."""


@dataclass(frozen=True, slots=True)
class SearchSettings:
    """How rankings are made and joined.

    Attributes:
        fusion: `blend` (convex combination of scaled scores) or `rrf`; `dense` and `lexical` use one ranking alone.
        dense_weight: Weight of the dense ranking in the blend, in [0, 1].
        candidates: How many chunks each ranking yields.
        rerank_candidates: How many of the fused ranking the cross-encoder reads; 0 turns it off.
        rerank_weight: Weight of the cross-encoder's score against the fused one, in [0, 1].
        rerank_budget_s: Seconds after which the rest of the candidates keep their fused score.
    """

    fusion: Literal["blend", "rrf", "dense", "lexical"] = "blend"
    dense_weight: float = 0.5
    candidates: int = 100
    rerank_candidates: int = 24
    rerank_weight: float = 0.6
    rerank_budget_s: float = 3.0


@dataclass(frozen=True, slots=True)
class Retriever:
    """Finds passages for a question.

    Attributes:
        embedder: Embeds the question.
        vectors: The dense ranking.
        lexical: The BM25 ranking.
        passages: Fetches what was found.
        reranker: The cross-encoder, `None` for none.
        settings: How rankings are joined.
        clock: Seconds, monotonic; limits the time of reranking.
    """

    embedder: QueryEmbedder
    vectors: VectorRanking
    lexical: LexicalIndex
    passages: PassageReader
    reranker: Reranker | None
    settings: SearchSettings
    clock: Callable[[], float]

    def search(self, query: Query) -> list[Hit]:
        """The `query.k` best hits, best first, one from a page."""
        return one_a_page(self.rank(query))[: query.k]

    def rank(self, query: Query) -> list[Hit]:
        """All candidates that were read, best first, ties by chunk id; at least `query.k` where there are so many."""
        dense, lexical = self._dense(query), self._lexical(query)
        fused = self._fuse(dense, lexical)[: max(PAGE_CHUNKS * query.k, self.settings.rerank_candidates)]
        found = {one.chunk_id: one for one in self.passages.passages([one.chunk_id for one in fused], query.scope)}
        fused = [one for one in fused if one.chunk_id in found]
        logits = self._rerank(query.text, [found[one.chunk_id] for one in fused])
        dense_ranks, lexical_ranks = _ranks(dense), _ranks(lexical)
        similarities = {one.chunk_id: one.score for one in dense}
        return [
            Hit(
                passage=found[one.chunk_id],
                score=one.score,
                dense_rank=dense_ranks.get(one.chunk_id),
                lexical_rank=lexical_ranks.get(one.chunk_id),
                rerank_score=logits.get(one.chunk_id),
                similarity=similarities.get(one.chunk_id),
            )
            for one in join_rerank(fused, logits, self.settings.rerank_weight)
        ]

    def _dense(self, query: Query) -> list[Scored]:
        if self.settings.fusion == "lexical":
            return []
        vector = self.embedder.embed_query(query.text)
        return self.vectors.search(vector, query.scope, query.filters, max(query.k, self.settings.candidates))

    def _lexical(self, query: Query) -> list[Scored]:
        if self.settings.fusion == "dense":
            return []
        return self.lexical.search(query.text, query.scope, query.filters, max(query.k, self.settings.candidates))

    def _fuse(self, dense: Sequence[Scored], lexical: Sequence[Scored]) -> list[Scored]:
        if self.settings.fusion == "rrf":
            return reciprocal_rank_fusion([dense, lexical])
        weight = {"dense": 1.0, "lexical": 0.0}.get(self.settings.fusion, self.settings.dense_weight)
        return blend(dense, lexical, weight)

    def _rerank(self, question: str, passages: Sequence[Passage]) -> dict[int, float]:
        """Logits of as many leading passages as candidates and time allow."""
        if self.reranker is None:
            return {}
        begun, logits = self.clock(), dict[int, float]()
        for group in _groups(passages[: self.settings.rerank_candidates]):
            if self.clock() - begun > self.settings.rerank_budget_s:
                logger.warning("reranking stopped by its time limit", extra={"reranked": len(logits)})
                break
            texts = [contextual_text(one.title, one.heading_path, one.text) for one in group]
            scores = self.reranker.score(question, texts)
            logits.update({one.chunk_id: score for one, score in zip(group, scores, strict=True)})
        return logits


def one_a_page(hits: Sequence[Hit]) -> list[Hit]:
    """The best hit of each page: a list of ten shows ten places rather than ten sentences of one page."""
    best: dict[tuple[int, int], Hit] = {}
    for hit in hits:
        best.setdefault((hit.passage.version_id, hit.passage.page), hit)
    return list(best.values())


def join_rerank(fused: Sequence[Scored], logits: dict[int, float], weight: float) -> list[Scored]:
    """Blend fused scores with cross-encoder logits, both min-max scaled over the reranked candidates.

    Candidates that were not reranked keep their order behind the reranked ones, with scores at or below 0.
    """
    if not logits:
        return list(fused)
    read = [one for one in fused if one.chunk_id in logits]
    before = scaled(read)
    after = scaled([Scored(chunk_id, logit) for chunk_id, logit in logits.items()])
    joined = {one: (1.0 - weight) * before[one] + weight * after[one] for one in before}
    lowest = read[-1].score
    rest = [Scored(one.chunk_id, min(0.0, one.score - lowest)) for one in fused if one.chunk_id not in logits]
    return [*best_first(joined), *rest]


def _ranks(ranking: Sequence[Scored]) -> dict[int, int]:
    return {one.chunk_id: rank for rank, one in enumerate(ranking, start=1)}


def _groups(passages: Sequence[Passage], size: int = 4) -> list[Sequence[Passage]]:
    return [passages[start : start + size] for start in range(0, len(passages), size)]
