"""Recall against latency and against throughput, in the manner of ann-benchmarks, as PNG."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from eval.ann.frontier import end, frontier, place
from eval.extras import needed
from eval.figures import png

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Ten colours that differ for most colour-blind people too; the shape of the mark tells stores apart.
COLOURS = ("#332288", "#88ccee", "#117733", "#44aa99", "#999933", "#ddcc77", "#cc6677", "#882255", "#aa4499", "#777777")
MARKS = {"pgvector": "o", "faiss": "s", "milvus-lite": "^", "milvus": "D"}
ROWS = (("p50", "median latency, ms"), ("qps", "searches a second"))
TICKS = (0.5, 0.9, 0.99, 0.999)
STYLE = {"axes.spines.top": False, "axes.spines.right": False, "font.size": 9}

Run = Mapping[str, Any]


def drawing(runs: Sequence[Run], filters: Mapping[str, float], k: int, questions: int) -> bytes:
    """One column a filter; above recall against median latency, below against searches a second.

    Lines join the settings that no other setting of the index beats; fainter marks are the others.

    Args:
        runs: Of one size and dimension, as `eval.ann.run` returns them.
        filters: Names, and the share of all vectors that passes.
        k: Hits asked for.
        questions: Number of questions.

    Raises:
        Permanent: matplotlib is not installed.
    """
    matplotlib, figures = needed("matplotlib", "matplotlib"), needed("matplotlib.figure", "matplotlib")
    with matplotlib.rc_context(STYLE):
        figure = figures.Figure(figsize=(4.0 * len(filters), 6.6), layout="constrained")
        grid = figure.subplots(len(ROWS), len(filters), squeeze=False, sharey="row")
        most = end(questions, k)
        for row, (measure, label) in enumerate(ROWS):
            for column, (name, share) in enumerate(filters.items()):
                axes = grid[row][column]
                for number, run in enumerate(runs):
                    _line(axes, run, name, measure, most, COLOURS[number % len(COLOURS)])
                _axes(axes, most, k, label if not column else "")
                if not row:
                    axes.set_title("no filter" if share == 1 else f"filter that {share:.0%} pass")
        handles, labels = grid[0][0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=min(5, len(runs)), frameon=False)
        first = runs[0]
        figure.suptitle(f"{first['size']:,} vectors of {first['dimension']} numbers")
        return png(figure)


def mark(index: str) -> str:
    """The shape of a store's marks."""
    return next(shape for store, shape in sorted(MARKS.items(), reverse=True) if index.startswith(store))


def _line(axes: Axes, run: Run, name: str, measure: str, most: float, colour: str) -> None:
    points = [one for one in run["points"] if one["filter"] == name]
    best = frontier(points, measure)
    shape = mark(run["index"])
    xs = [place(one["recall"], most) for one in best]
    axes.plot(xs, [one[measure] for one in best], color=colour, marker=shape, markersize=5, label=run["index"])
    axes.scatter(
        [place(one["recall"], most) for one in points],
        [one[measure] for one in points],
        color=colour, marker=shape, s=14, alpha=0.3,
    )  # fmt: skip


def _axes(axes: Axes, most: float, k: int, label: str) -> None:
    ticks = [*(one for one in TICKS if place(one, most) < most - 0.2), 1.0]
    axes.set_yscale("log")
    axes.yaxis.set_major_locator(needed("matplotlib.ticker", "matplotlib").LogLocator(subs=(1.0, 2.0, 5.0)))
    axes.yaxis.set_major_formatter("{x:g}")
    axes.yaxis.set_minor_formatter("")
    axes.set_xlim(place(0.4, most), most + 0.15)
    axes.set_xticks([place(one, most) for one in ticks], [f"{one:g}" for one in ticks])
    axes.set_xlabel(f"recall@{k}")
    axes.set_ylabel(label)
    axes.grid(visible=True, which="both", color="#e4e4e4", linewidth=0.6)
    axes.set_axisbelow(True)
