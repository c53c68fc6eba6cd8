"""What `footnote eval retrieval` says: on the screen, for programs, and as a report."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from eval.document import Heading, Paragraph, Part, Picture, Table, write_report
from eval.figures import differences, metric_bars
from eval.files import write_json
from eval.metrics import Estimate
from eval.report import table
from eval.runs import Run
from eval.significance import Difference

DRAWN = ("nDCG@10", "recall@10", "MRR@10")
ANY_PAGE = "any page"
COMPARED = ("before", "after", "change", "better", "worse", "p", "Holm")
READING = (
    "Intervals are the middle 95 % of the means of 2,000 samples of the questions, drawn with replacement (percentile"
    " bootstrap, fixed seed). To tell whether one run is better than another on the same questions, compare them"
    " (--compare) rather than looking whether their intervals overlap."
)
TESTED = (
    "Change: new mean minus old mean, with the bootstrap interval of the paired differences. p: two-sided paired"
    " randomization test with 20,000 random signs. Holm: the same, corrected for the number of measures in this table."
)


@dataclass(frozen=True, slots=True)
class Result:
    """All that came of a request.

    Attributes:
        dataset: Name of the test set.
        stored: What was searched, in words.
        runs: One a setting.
        earlier: The run that was compared with, if any.
        compared: Differences to it, by setting and measure.
    """

    dataset: str
    stored: str
    runs: tuple[Run, ...]
    earlier: Run | None
    compared: Mapping[str, Mapping[str, Difference]]


def screen(result: Result) -> str:
    """The figures for a person at a terminal."""
    parts = [_summary(result), table(_header(result), _rows(result))]
    for name, found in result.compared.items():
        parts.append(table([f"{name} against {_old(result)}", *COMPARED], _compared_rows(found)))
    return "\n\n".join(parts)


def result_json(result: Result, page: Path) -> dict[str, Any]:
    """The same for programs (docs/cli.md)."""
    return {
        "dataset": result.dataset,
        "questions": len(result.runs[0].questions),
        "runs": [
            {"setting": run.name, "measures": {name: asdict(one) for name, one in run.estimates.items()}}
            for run in result.runs
        ],
        "compared": {name: _compared_json(found) for name, found in result.compared.items()},
        "report": str(page),
    }


def write(folder: Path, result: Result) -> Path:
    """Write the report; returns the page."""
    if result.compared:
        found = {name: _compared_json(one) for name, one in result.compared.items()}
        write_json(folder / "comparison.json", found)
    return write_report(folder, f"Retrieval on {result.dataset}", _parts(result))


def _parts(result: Result) -> list[Part]:
    parts: list[Part] = [
        Paragraph(_summary(result)),
        Paragraph(READING),
        Picture("measures", "Means with 95 % intervals", metric_bars({run.name: _drawn(run) for run in result.runs})),
        Table(_header(result), _rows(result)),
    ]
    for name, found in result.compared.items():
        parts += [Heading(f"{name} against {_old(result)}"), Paragraph(TESTED)]
        parts.append(Table(["", *COMPARED], _compared_rows(found)))
        parts += [
            Picture(
                f"change-{name}-{measure.replace('@', '-')}",
                f"Change of {measure} by question: {found[measure].better} better, {found[measure].worse} worse",
                differences(found[measure].values, measure),
            )
            for measure in DRAWN
            if measure in found
        ]
    return [*parts, Heading("What was run"), Table(["", "value"], _pin_rows(result))]


def _drawn(run: Run) -> dict[str, Estimate]:
    return {name: one for name, one in run.estimates.items() if not name.startswith(ANY_PAGE)}


def _summary(result: Result) -> str:
    return f"{result.dataset}: {result.stored}, {len(result.runs[0].questions)} questions"


def _old(result: Result) -> str:
    return f"the earlier run ({result.earlier.name})" if result.earlier else ""


def _header(result: Result) -> list[str]:
    return ["", *(run.name for run in result.runs)]


def _rows(result: Result) -> list[list[str]]:
    found = [run.estimates for run in result.runs]
    return [[name, *(str(one[name]) for one in found)] for name in found[0]]


def _compared_rows(found: Mapping[str, Difference]) -> list[list[str]]:
    return [
        [
            name,
            f"{one.before:.3f}",
            f"{one.after:.3f}",
            f"{one.change.mean:+.3f} [{one.change.low:+.3f}, {one.change.high:+.3f}]",
            str(one.better),
            str(one.worse),
            f"{one.p:.4f}",
            f"{one.adjusted:.4f}",
        ]
        for name, one in found.items()
    ]


def _compared_json(found: Mapping[str, Difference]) -> dict[str, Any]:
    return {name: asdict(one) for name, one in found.items()}


def _pin_rows(result: Result) -> list[list[str]]:
    rows = [["questions.jsonl, run.json", ", ".join(f"{run.name}/" for run in result.runs)]]
    for run in result.runs:
        rows += [[f"{run.name}: {name}", str(value)] for name, value in run.pins["settings"].items()]
    first = result.runs[0].pins
    rows += [[name, str(first[name])] for name in ("k", "limit", "code", "machine")]
    rows += [[f"version of {name}", str(value)] for name, value in first["versions"].items()]
    return [*rows, *([f"SHA-256 of {name}", str(value)] for name, value in first["data"].items())]
