"""Joins several rankings of the same chunks into one."""

from collections.abc import Sequence

from retrieval.model import Scored

RRF_K = 60


def reciprocal_rank_fusion(rankings: Sequence[Sequence[Scored]], k: int = RRF_K) -> list[Scored]:
    """Reciprocal rank fusion (Cormack, Clarke and Büttcher, SIGIR 2009): the sum of `1 / (k + rank)`.

    Args:
        rankings: Each best first; ranks count from 1.
        k: Dampens the weight of the first ranks.

    Returns:
        Every chunk of any ranking, best first, ties by chunk id.
    """
    totals: dict[int, float] = {}
    for ranking in rankings:
        for rank, one in enumerate(ranking, start=1):
            totals[one.chunk_id] = totals.get(one.chunk_id, 0.0) + 1.0 / (k + rank)
    return best_first(totals)


def blend(first: Sequence[Scored], second: Sequence[Scored], first_weight: float) -> list[Scored]:
    """Convex combination of min-max scaled scores (Bruch, Gai and Ingber, TOIS 2023).

    Args:
        first: A ranking.
        second: Another ranking; a chunk that one of them lacks gets that one's lowest score, 0.
        first_weight: Weight of the first in [0, 1].

    Returns:
        Every chunk of either ranking with a score in [0, 1], best first, ties by chunk id.
    """
    totals: dict[int, float] = {}
    for ranking, weight in ((first, first_weight), (second, 1.0 - first_weight)):
        for chunk_id, score in scaled(ranking).items():
            totals[chunk_id] = totals.get(chunk_id, 0.0) + weight * score
    return best_first(totals)


def scaled(ranking: Sequence[Scored]) -> dict[int, float]:
    """Scores moved to [0, 1] by their minimum and maximum; all 1 when they are equal."""
    if not ranking:
        return {}
    low = min(one.score for one in ranking)
    high = max(one.score for one in ranking)
    width = high - low
    return {one.chunk_id: (one.score - low) / width if width > 0 else 1.0 for one in ranking}


def best_first(scores: dict[int, float]) -> list[Scored]:
    """Order by score, ties by chunk id."""
    return [Scored(chunk_id, score) for chunk_id, score in sorted(scores.items(), key=lambda one: (-one[1], one[0]))]
