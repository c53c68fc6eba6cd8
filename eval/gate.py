"""The gate: has retrieval become worse? `python -m eval.gate`, and with `--update` to accept what is measured now.

Small test sets of the project's own are asked under the product's default settings, whatever the environment says. A
measure fails when it drops by more than its confidence interval: when the 95 % bootstrap interval of the differences to
the baseline, paired by question, lies below zero as a whole.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from app.settings import Settings
from app.wiring import open_application
from eval.files import write_json
from eval.gate_sets import GateSet, gate_sets
from eval.metrics import estimate
from eval.report import table
from eval.runs import Run, ask, measure
from eval.significance import Difference, compare
from eval.variants import LONGEST_BUDGET_MS, RUNS, shown
from ingest.errors import FootnoteError, Permanent
from retrieval.model import Hit

BASELINES = Path(__file__).parent / "baselines"
WATCHED = ("recall@1", "recall@5", "recall@10", "nDCG@10", "MRR@10", "MAP")
DIGITS = 6
UPDATE = "Run: python -m eval.gate --update"

Change = Callable[[Sequence[Hit]], Sequence[Hit]]


def unchanged(hits: Sequence[Hit]) -> Sequence[Hit]:
    """The hits as they were found."""
    return hits


@dataclass(frozen=True, slots=True)
class Compared:
    """A set under one setting against its baseline, by measure."""

    name: str
    setting: str
    measures: Mapping[str, Difference]

    @property
    def dropped(self) -> list[str]:
        """The measures that fell by more than their interval."""
        return [name for name, one in self.measures.items() if one.change.high < 0.0]


def measure_set(chosen: GateSet, settings: Sequence[str], change: Change = unchanged) -> dict[str, Run]:
    """Ingest a set into a home of its own and ask its questions.

    Args:
        chosen: The set.
        settings: How to search.
        change: What becomes of the hits of every search; for tests.
    """
    runs = {}
    with tempfile.TemporaryDirectory(prefix="footnote-gate-") as folder:
        home = Path(folder) / "home"
        chosen.tests.store(default_settings(home, {}), None)
        for name in settings:
            runs[name] = _run(chosen, name, default_settings(home, RUNS[name]), change)
    return runs


def default_settings(home: Path, changes: Mapping[str, Any]) -> Settings:
    """What the product does where nothing is set: every default in the code, and nothing from the environment."""
    fields = {name: field.get_default(call_default_factory=True) for name, field in Settings.model_fields.items()}
    own = {"home": home, "database_url": None, "rerank_budget_ms": LONGEST_BUDGET_MS}
    return Settings(**{**fields, **changes, **own})


def against(baselines: Path, name: str, runs: Mapping[str, Run]) -> list[Compared]:
    """Compare runs of a set with its baseline.

    Raises:
        Permanent: There is no baseline, or it is of other data.
    """
    kept = read_baseline(baselines / f"{name}.json")
    found = []
    for setting, run in runs.items():
        if setting not in kept:
            raise Permanent(f"The baseline of {name} has no setting {setting}. {UPDATE}")
        try:
            found.append(Compared(name, setting, compare(kept[setting], run)))
        except Permanent as error:
            raise Permanent(f"The baseline of {name} is of other data. {UPDATE}") from error
    return found


def read_baseline(file: Path) -> dict[str, Run]:
    """Runs by setting. Raises: Permanent."""
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
        return {
            name: Run(
                name,
                {"data": found["data"]},
                tuple(one["questions"]),
                {measure: tuple(kept["values"]) for measure, kept in one["measures"].items()},
            )
            for name, one in found["settings"].items()
        }
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Permanent(f"{file} is no baseline. {UPDATE}") from error


def write_baseline(file: Path, runs: Mapping[str, Run]) -> None:
    """Keep runs as what later ones are compared with."""
    first = next(iter(runs.values()))
    write_json(
        file,
        {
            "data": first.pins["data"],
            "settings": {name: {"settings": run.pins["settings"], **_kept(run)} for name, run in runs.items()},
        },
    )


def show(compared: Sequence[Compared]) -> str:
    """A table of all measures, and what dropped."""
    rows = [
        [
            f"{one.name} {one.setting} {name}",
            f"{found.before:.3f}",
            f"{found.after:.3f}",
            f"{found.change.mean:+.3f} [{found.change.low:+.3f}, {found.change.high:+.3f}]",
            "DROPPED" if name in one.dropped else "",
        ]
        for one in compared
        for name, found in one.measures.items()
    ]
    return table(["", "baseline", "now", "change", ""], rows)


def main(arguments: Sequence[str], baselines: Path = BASELINES) -> int:
    """Measure, then compare or update; 0 where nothing dropped."""
    parser = argparse.ArgumentParser(description="Has retrieval become worse?")
    parser.add_argument("--update", action="store_true", help="accept what is measured now as the baseline")
    given = parser.parse_args(arguments)
    try:
        runs = {name: measure_set(one, list(one.asked)) for name, one in gate_sets().items()}
        if given.update:
            for name, found in runs.items():
                write_baseline(baselines / f"{name}.json", found)
            print(f"Wrote the baselines of {', '.join(runs)} to {baselines}")
            return 0
        compared = [one for name, found in runs.items() for one in against(baselines, name, found)]
    except FootnoteError as error:
        print(error, file=sys.stderr)
        return 1
    print(show(compared))
    dropped = [f"{one.name} {one.setting} {name}" for one in compared for name in one.dropped]
    print(f"Retrieval has become worse: {', '.join(dropped)}" if dropped else "Nothing has become worse.")
    return 1 if dropped else 0


def _run(chosen: GateSet, name: str, settings: Settings, change: Change) -> Run:
    questions = chosen.tests.questions[: chosen.asked[name]]
    with open_application(settings) as application:
        outcomes = ask(questions, lambda text: change(application.search(text, k=100)), chosen.tests.results)
    values = measure(chosen.tests, outcomes)
    watched = {one: tuple(round(value, DIGITS) for value in values[one]) for one in WATCHED}
    pinned = {"data": dict(chosen.data), "settings": shown(settings)}
    return Run(name, pinned, tuple(one.id for one in questions), watched)


def _kept(run: Run) -> dict[str, Any]:
    measures = {
        name: {**asdict(estimate(values)), "n": len(values), "values": list(values)}
        for name, values in run.values.items()
    }
    return {"questions": list(run.questions), "measures": measures}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
