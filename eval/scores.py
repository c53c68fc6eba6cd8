"""Measures of rankings, by `ir-measures` (MacAvaney et al., 2022) in trec_eval's definitions."""

from collections.abc import Mapping, Sequence

from eval.extras import ir_measures

DEPTH = 100
MEASURES = {
    **{f"recall@{k}": f"R@{k}" for k in (1, 3, 5, 10, 100)},
    "nDCG@10": "nDCG@10",
    "MRR@10": "RR@10",
    "MAP": "AP",
}
"""Our names, and those of ir-measures. nDCG has linear gains; MAP is taken over at most `DEPTH` results."""

Gains = Mapping[str, Mapping[str, int]]
Values = dict[str, dict[str, float]]
"""By measure, then by question."""


def score(gains: Gains, rankings: Mapping[str, Sequence[str]]) -> Values:
    """Every measure for every question that was asked.

    Args:
        gains: By question, then by result: above 0 for a relevant one.
        rankings: By question: results, best first, none twice.

    Returns:
        A question for which nothing was found counts as 0.

    Raises:
        Permanent: ir-measures is not installed.
    """
    library = ir_measures()
    wanted = {library.parse_measure(theirs): ours for ours, theirs in MEASURES.items()}
    asked = {question: dict(gains[question]) for question in rankings}
    found: Values = {ours: dict.fromkeys(rankings, 0.0) for ours in MEASURES}
    for metric in library.iter_calc(list(wanted), asked, {one: _scores(ranked) for one, ranked in rankings.items()}):
        found[wanted[metric.measure]][metric.query_id] = float(metric.value)
    return found


def _scores(ranked: Sequence[str]) -> dict[str, float]:
    """Scores that keep the order: a tie would be broken by name."""
    return {one: -float(rank) for rank, one in enumerate(ranked)}
