"""A measured recall, for tests of what shows it."""

from datetime import UTC, datetime

from retrieval.indexes import IndexChoice
from retrieval.tuning.model import Measurement, Reached, Trial, TuneReport


def trial(width: int, recall: float, lower: float, milliseconds: float) -> Trial:
    strata = (Reached("all", 1.0, 500, recall, lower), Reached("1%", 0.0102, 500, 1.0, 0.993))
    return Trial((("ef_search", width),), strata, reaches=lower >= 0.98, latency_ms=milliseconds)


TRIALS = (trial(250, 0.9985, 0.9905, 4.0), trial(100, 0.9912, 0.9821, 2.5), trial(60, 0.9712, 0.9571, 1.75))
MEASUREMENT = Measurement(
    IndexChoice("pgvector", "halfvec", (("ef_search", 100),)), "tuning", "generated", 0.98, 10, 12_345, TRIALS[1],
    TRIALS, datetime(2026, 11, 3, 12, 30, tzinfo=UTC),
)  # fmt: skip
REPORT = TuneReport(MEASUREMENT, reached=True, changed=True, rebuilt=False, advice=("Filters of 10% were left out.",))
