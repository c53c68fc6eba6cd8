"""What the page shows of the vector index: facts, and recall against the time of a search."""

from collections import defaultdict
from typing import Any

from app.ui.components import Fact
from app.ui.library_view import day
from retrieval.library import StoreStatus
from retrieval.tuning.model import CONFIDENCE, Measurement, Trial
from retrieval.tuning.tuner import words

SOURCES = {"log": "questions that were asked", "generated": "generated questions", "stored": "stored passages"}
LIGHT = {"accent": "#9a3412", "muted": "#6d665b"}
DARK = {"accent": "#f0a477", "muted": "#aaa296"}
HEIGHT = 300


def index_facts(status: StoreStatus) -> tuple[Fact, ...]:
    """Where the index is, how large, and how well it finds."""
    size = f"{status.bytes_a_vector:,}" if status.bytes_a_vector is not None else "not known for this store"
    pending = f", {status.pending:,} passages behind" if status.pending else ""
    return (
        Fact("Store", status.store),
        Fact("Kind", f"{status.index_kind}{pending}"),
        Fact("Vectors", f"{status.vectors:,}, each of {status.dimension} numbers"),
        Fact("Bytes a vector", size),
        *_recall_facts(status.measurement),
    )


def _recall_facts(measured: Measurement | None) -> tuple[Fact, ...]:
    if measured is None:
        return (Fact("Recall", "not measured: run footnote tune"),)
    chosen, queries = measured.chosen, max((one.queries for one in measured.chosen.strata), default=0)
    sure = f", at least {chosen.lower:.1%} with {CONFIDENCE:.0%} confidence" if chosen.lower else ""
    strata = "; ".join(f"{_filter_words(one.name)} {one.recall:.1%}" for one in chosen.strata)
    return (
        Fact("Recall", f"{chosen.recall:.1%} of the {measured.k} nearest{sure}"),
        Fact("By filter", strata),
        *([Fact("Settings", words(chosen.settings))] if chosen.settings else []),
        Fact("Measured", f"{day(measured.measured_at)}, with {queries:,} {SOURCES[measured.source]}"),
    )


def _filter_words(name: str) -> str:
    return "without a filter" if name == "all" else f"in {name} of the passages"


def has_curve(measured: Measurement | None) -> bool:
    """Is there more than one point to draw?"""
    return measured is not None and sum(one.latency_ms > 0 for one in measured.trials) > 1


def curve(measured: Measurement, dark: bool) -> dict[str, Any]:
    """The trials as a Vega-Lite chart: recall with its lower bound, target, and what was chosen."""
    colours = DARK if dark else LIGHT
    points = [_point(one, measured) for one in measured.trials if one.latency_ms > 0]
    lowest = min([*(one["lower"] for one in points), measured.target or 1.0])
    return {
        "height": HEIGHT,
        "description": _description(measured),
        "data": {"values": points},
        "encoding": {
            "x": {
                "field": "milliseconds", "type": "quantitative", "title": "Milliseconds a search (median)",
                "scale": {"zero": False, "padding": 16},
            },
        },
        "layer": [
            *_target(measured, _recall_axis("target", measured, lowest), colours),
            *_marks(_recall_axis("recall", measured, lowest), colours),
        ],
    }  # fmt: skip


def _recall_axis(field: str, measured: Measurement, lowest: float) -> dict[str, Any]:
    """Every layer names the same scale, or the axis would begin at 0."""
    return {
        "field": field,
        "type": "quantitative",
        "title": f"Recall of the {measured.k} nearest",
        "scale": {"domain": [max(0.0, lowest - 0.005), 1.0], "zero": False, "nice": False},
        "axis": {"format": ".1%" if lowest > 0.9 else ".0%", "tickCount": 5},
    }


def _point(trial: Trial, measured: Measurement) -> dict[str, Any]:
    return {
        "milliseconds": round(trial.latency_ms, 3),
        "recall": trial.recall,
        "lower": trial.lower,
        "settings": words(trial.settings),
        "ladder": words(tuple(one for one in trial.settings if one[0] != _long_knob(measured))),
        "state": "chosen" if trial == measured.chosen else "reaches" if trial.reaches else "not shown",
    }


def _long_knob(measured: Measurement) -> str:
    """The knob with most values among the trials: a line joins what differs in it only."""
    values = defaultdict[str, set[object]](set)
    for trial in measured.trials:
        for name, value in trial.settings:
            values[name].add(value)
    return max(values, key=lambda name: len(values[name]), default="")


def _target(measured: Measurement, height: dict[str, Any], colours: dict[str, str]) -> list[dict[str, Any]]:
    if measured.target is None:
        return []
    line = {"data": {"values": [{"target": measured.target}]}}
    text = {"type": "text", "align": "right", "baseline": "top", "dy": 4, "text": f"target {measured.target:.1%}"}
    return [
        {
            **line,
            "mark": {"type": "rule", "strokeDash": [5, 4], "color": colours["accent"]},
            "encoding": {"x": None, "y": height},
        },
        {
            **line,
            "mark": {**text, "color": colours["accent"]},
            "encoding": {"x": {"value": "width"}, "y": height},
        },
    ]


def _marks(recall: dict[str, Any], colours: dict[str, str]) -> list[dict[str, Any]]:
    tooltip = [
        {"field": "settings", "title": "Settings"},
        {"field": "recall", "title": "Recall", "format": ".2%"},
        {"field": "lower", "title": "At least", "format": ".2%"},
        {"field": "milliseconds", "title": "Milliseconds", "format": ".2f"},
    ]
    chosen = {"condition": {"test": "datum.state === 'chosen'", "value": colours["accent"]}, "value": colours["muted"]}
    filled = {
        "condition": [
            {"test": "datum.state === 'chosen'", "value": colours["accent"]},
            {"test": "datum.state === 'not shown'", "value": "transparent"},
        ],
        "value": colours["muted"],
    }
    size = {"condition": {"test": "datum.state === 'chosen'", "value": 170}, "value": 60}
    return [
        {
            "mark": {"type": "line", "strokeWidth": 1, "opacity": 0.6, "color": colours["muted"]},
            "encoding": {"y": recall, "detail": {"field": "ladder"}, "order": {"field": "milliseconds"}},
        },
        {
            "mark": {"type": "rule", "strokeWidth": 2, "opacity": 0.45},
            "encoding": {"y": recall, "y2": {"field": "lower"}, "color": chosen},
        },
        {
            "mark": {"type": "point", "filled": False, "strokeWidth": 1.6},
            "encoding": {"y": recall, "stroke": chosen, "fill": filled, "size": size, "tooltip": tooltip},
        },
    ]


def _description(measured: Measurement) -> str:
    target = f"; the target is {measured.target:.1%}" if measured.target is not None else ""
    trials = "; ".join(
        f"{words(one.settings)}: {one.recall:.1%} in {one.latency_ms:.1f} ms"
        for one in measured.trials
        if one.latency_ms > 0
    )
    return f"Recall against milliseconds a search{target}. {trials}."
