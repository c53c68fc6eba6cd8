"""Measured recall: as text for a person, and as JSON for programs (`docs/cli.md`)."""

from typing import TypedDict

from retrieval.indexes import Setting
from retrieval.tuning.model import CONFIDENCE, Measurement, Reached, Trial, TuneReport
from retrieval.tuning.tuner import words

NOT_MEASURED = "not measured: run footnote tune"
SOURCES = {"log": "logged", "generated": "generated", "stored": "stored vectors as"}


class StratumShape(TypedDict):
    """Recall under filters that let a share of the passages pass."""

    name: str
    share: float
    queries: int
    recall: float
    lower: float | None


class TrialShape(TypedDict):
    """A way of searching that was tried; `recall` and `lower` are those of the worst stratum."""

    settings: dict[str, Setting]
    recall: float
    lower: float | None
    reaches: bool
    latency_ms: float


class MeasurementShape(TypedDict):
    """What is known of an index's recall."""

    how: str
    source: str
    target: float | None
    k: int
    recall: float
    lower: float | None
    latency_ms: float | None
    vectors: int
    measured_at: str
    settings: dict[str, Setting]
    strata: list[StratumShape]
    trials: list[TrialShape]


class TuneShape(TypedDict):
    """What `tune` prints."""

    reached: bool
    changed: bool
    rebuilt: bool
    advice: list[str]
    measurement: MeasurementShape


def measurement_shape(measured: Measurement) -> MeasurementShape:
    """A measurement with all that was tried."""
    chosen = measured.chosen
    return MeasurementShape(
        how=measured.how,
        source=measured.source,
        target=measured.target,
        k=measured.k,
        recall=chosen.recall,
        lower=chosen.lower or None,
        latency_ms=chosen.latency_ms or None,
        vectors=measured.vectors,
        measured_at=measured.measured_at.isoformat(),
        settings=dict(measured.choice.settings),
        strata=[_stratum_shape(one) for one in chosen.strata],
        trials=[_trial_shape(one) for one in measured.trials],
    )


def tune_shape(report: TuneReport) -> TuneShape:
    """What became of tuning."""
    return TuneShape(
        reached=report.reached,
        changed=report.changed,
        rebuilt=report.rebuilt,
        advice=list(report.advice),
        measurement=measurement_shape(report.measurement),
    )


def _stratum_shape(one: Reached) -> StratumShape:
    return StratumShape(name=one.name, share=one.share, queries=one.queries, recall=one.recall, lower=one.lower or None)


def _trial_shape(one: Trial) -> TrialShape:
    return TrialShape(
        settings=dict(one.settings),
        recall=one.recall,
        lower=one.lower or None,
        reaches=one.reaches,
        latency_ms=one.latency_ms,
    )


def recall_words(measured: Measurement | None) -> str:
    """The measured recall in a line: how much, how sure, by what."""
    if measured is None:
        return NOT_MEASURED
    chosen = measured.chosen
    queries = max((one.queries for one in chosen.strata), default=0)
    sure = f", at least {chosen.lower:.1%} with {CONFIDENCE:.0%} confidence" if chosen.lower else ""
    return (
        f"{chosen.recall:.1%} of the {measured.k} nearest{sure}"
        f" ({queries:,} {SOURCES[measured.source]} queries, {measured.vectors:,} vectors)"
    )


def measured_words(measured: Measurement | None) -> str:
    """When it was measured."""
    return f"{measured.measured_at.astimezone():%Y-%m-%d %H:%M}" if measured else "never"


def tune_text(report: TuneReport, dry_run: bool) -> str:
    """What became of tuning, and everything that was tried."""
    measured, tried = report.measurement, _trials_table(report.measurement)
    return "\n".join([_verdict(report, dry_run), f"Recall: {recall_words(measured)}.", *report.advice, "", tried])


def _verdict(report: TuneReport, dry_run: bool) -> str:
    measured = report.measurement
    if not report.reached:
        return f"No setting was shown to find {measured.target:.1%} of the {measured.k} nearest; nothing was changed."
    built = " in a new index" if report.rebuilt else ""
    kept = "nothing was stored" if dry_run else "it searches now" if report.changed else "it is what searches already"
    chosen = f"{words(measured.chosen.settings)}{built}"
    return f"The cheapest that reaches {measured.target:.1%}: {chosen}; {kept}."


def _trials_table(measured: Measurement) -> str:
    names = [one.name for one in measured.chosen.strata]
    rows = [("TRIED", "MS", *(name.upper() for name in names), "SURE OF", "REACHES")]
    rows += [
        (
            words(one.settings),
            f"{one.latency_ms:.2f}",
            *(f"{stratum.recall:.2%}" for stratum in one.strata),
            f"{one.lower:.2%}",
            "yes" if one.reaches else "no",
        )
        for one in measured.trials
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )
