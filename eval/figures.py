"""Figures of a report, drawn by matplotlib without a screen: SVG for the page, PNG for Markdown."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from eval.extras import needed
from eval.metrics import Estimate

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLOURS = ("#2f5d8a", "#c8793a", "#4b8f5c", "#8a5a9c", "#b04a4a", "#6f6f6f")
BETTER, WORSE = COLOURS[2], COLOURS[4]
STYLE = {"svg.fonttype": "path", "svg.hashsalt": "footnote", "axes.spines.top": False, "axes.spines.right": False}
INCH_A_BAR = 0.16


def metric_bars(runs: Mapping[str, Mapping[str, Estimate]]) -> Figure:
    """One group of bars a measure, one bar a run, with 95 % confidence intervals.

    Args:
        runs: By run, then by measure; the same measures in all.

    Raises:
        Permanent: matplotlib is not installed.
    """
    measures = list(next(iter(runs.values())))
    figure, axes = _figure(width=max(6.0, (0.35 + INCH_A_BAR * len(runs)) * len(measures)), height=4.2)
    width = 0.8 / len(runs)
    for place, (name, estimates) in enumerate(runs.items()):
        means = [estimates[one].mean for one in measures]
        around = [
            [max(0.0, estimates[one].mean - estimates[one].low) for one in measures],
            [max(0.0, estimates[one].high - estimates[one].mean) for one in measures],
        ]
        positions = [number + (place - (len(runs) - 1) / 2) * width for number in range(len(measures))]
        colour = COLOURS[place % len(COLOURS)]
        axes.bar(positions, means, width, yerr=around, capsize=2, color=colour, ecolor="#333333", label=name)
    axes.set_xticks(range(len(measures)), measures, rotation=30, ha="right")
    axes.set_ylim(0.0, 1.05)
    axes.set_ylabel("mean and 95 % interval")
    if len(runs) > 1:
        axes.legend(frameon=False, ncols=min(len(runs), 6), loc="lower center", bbox_to_anchor=(0.5, 1.0))
    return figure


def differences(values: Sequence[float], measure: str) -> Figure:
    """One bar a question, best change first: how much the measure rose or fell."""
    figure, axes = _figure(width=8.0, height=3.2)
    ordered = sorted(values, reverse=True)
    colours = [BETTER if one > 0 else WORSE for one in ordered]
    axes.bar(range(len(ordered)), ordered, 1.0, color=colours)
    axes.axhline(0.0, color="#333333", linewidth=0.8)
    axes.set_xlabel("questions, best change first")
    axes.set_ylabel(f"change of {measure}")
    axes.set_xlim(-0.5, max(0.5, len(ordered) - 0.5))
    return figure


def counts(values: Sequence[int], across: str, upwards: str) -> Figure:
    """How often each count occurs, the vertical axis logarithmic."""
    figure, axes = _figure(width=8.0, height=3.2)
    axes.hist(values, bins=min(60, max(values, default=0) + 1), color=COLOURS[0])
    axes.set_yscale("symlog", linthresh=1.0)
    axes.set_xlabel(across)
    axes.set_ylabel(upwards)
    return figure


def svg(figure: Figure) -> str:
    """The drawing as an `<svg>` element that refers to nothing outside; the same for the same data."""
    text = _saved(figure, "svg", dict.fromkeys(("Creator", "Date", "Format", "Type"))).decode()
    return text[text.index("<svg") :].strip()


def png(figure: Figure) -> bytes:
    """The drawing as PNG, 150 pixels an inch."""
    return _saved(figure, "png", {"Software": None})


def _figure(width: float, height: float) -> tuple[Figure, Axes]:
    matplotlib, drawing = needed("matplotlib", "matplotlib"), needed("matplotlib.figure", "matplotlib")
    with matplotlib.rc_context(STYLE):
        figure = drawing.Figure(figsize=(width, height), layout="constrained")
        return figure, figure.add_subplot()


def _saved(figure: Figure, kind: str, metadata: dict[str, Any]) -> bytes:
    buffer = io.BytesIO()
    with needed("matplotlib", "matplotlib").rc_context(STYLE):
        figure.savefig(buffer, format=kind, metadata=metadata, dpi=150)
    return buffer.getvalue()
