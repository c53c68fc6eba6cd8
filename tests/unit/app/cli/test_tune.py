"""`footnote tune`, and what `footnote db status` tells of recall."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from app.cli.main import execute
from retrieval.tuning.model import TuneRequest
from tests.unit.app.cli.library import MemoryLibrary, doors
from tests.unit.app.measured import MEASUREMENT, REPORT


@pytest.fixture
def library() -> MemoryLibrary:
    return MemoryLibrary()


def test_options_make_the_request(library: MemoryLibrary, tmp_path: Path) -> None:
    options = ["--recall", "0.95", "--k", "20", "--rebuild", "--queries", "500", "--seed", "3", "--dry-run"]
    assert execute(["tune", *options], doors(library, tmp_path)) == 0
    assert execute(["tune"], doors(library, tmp_path)) == 0
    assert library.tuned == [TuneRequest(0.95, 20, 500, 3, True, True), TuneRequest(0.98, 10, None, 0, False, False)]


def test_what_was_chosen_is_told_with_everything_tried(
    library: MemoryLibrary, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert execute(["tune"], doors(library, tmp_path)) == 0
    said = capsys.readouterr()
    assert said.out == (
        "The cheapest that reaches 98.0%: ef_search 100; it searches now.\n"
        "Recall: 99.1% of the 10 nearest, at least 98.2% with 95% confidence"
        " (500 generated queries, 12,345 vectors).\n"
        "Filters of 10% were left out.\n"
        "\n"
        "TRIED          MS    ALL     1%       SURE OF  REACHES\n"
        "ef_search 250  4.00  99.85%  100.00%  99.05%   yes\n"
        "ef_search 100  2.50  99.12%  100.00%  98.21%   yes\n"
        "ef_search 60   1.75  97.12%  100.00%  95.71%   no\n"
    )
    assert said.err == ""


def test_a_target_that_is_not_reached_is_exit_code_1(
    library: MemoryLibrary, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    library.report = replace(REPORT, reached=False, changed=False, advice=("Try --rebuild.",))
    assert execute(["tune", "--recall", "0.98"], doors(library, tmp_path)) == 1
    said = capsys.readouterr().out
    assert said.startswith("No setting was shown to find 98.0% of the 10 nearest; nothing was changed.")
    assert "Try --rebuild." in said
    assert execute(["tune", "--json"], doors(library, tmp_path)) == 1
    assert json.loads(capsys.readouterr().out)["reached"] is False


@pytest.mark.parametrize("wrong", [["--recall", "1"], ["--recall", "0.2"], ["--k", "0"], ["--queries", "0"]])
def test_values_out_of_bounds_are_wrong_usage(library: MemoryLibrary, tmp_path: Path, wrong: list[str]) -> None:
    assert execute(["tune", *wrong], doors(library, tmp_path)) == 2
    assert library.tuned == []


def test_json_has_the_promised_keys(library: MemoryLibrary, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert execute(["tune", "--json"], doors(library, tmp_path)) == 0
    (line,) = capsys.readouterr().out.splitlines()
    found = json.loads(line)
    assert {name: found[name] for name in ("reached", "changed", "rebuilt")} == {
        "reached": True, "changed": True, "rebuilt": False,
    }  # fmt: skip
    measured = found["measurement"]
    assert measured.pop("strata") == [
        {"name": "all", "share": 1.0, "queries": 500, "recall": 0.9912, "lower": 0.9821},
        {"name": "1%", "share": 0.0102, "queries": 500, "recall": 1.0, "lower": 0.993},
    ]
    assert measured.pop("trials")[2] == {
        "settings": {"ef_search": 60}, "recall": 0.9712, "lower": 0.9571, "reaches": False, "latency_ms": 1.75,
    }  # fmt: skip
    assert measured == {
        "how": "tuning", "source": "generated", "target": 0.98, "k": 10, "recall": 0.9912, "lower": 0.9821,
        "latency_ms": 2.5, "vectors": 12_345, "measured_at": "2026-11-03T12:30:00+00:00",
        "settings": {"ef_search": 100},
    }  # fmt: skip


def test_status_tells_the_recall_or_how_to_measure_it(
    library: MemoryLibrary, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    here = doors(library, tmp_path)
    assert execute(["db", "status"], here) == 0
    assert "not measured: run footnote tune" in capsys.readouterr().out
    assert execute(["db", "status", "--json"], here) == 0
    assert json.loads(capsys.readouterr().out)["measurement"] is None
    library.measurement = MEASUREMENT
    assert execute(["db", "status"], here) == 0
    said = capsys.readouterr().out
    assert "at least 98.2% with 95% confidence" in said
    assert "2026-11-03" in said
    assert execute(["db", "status", "--json"], here) == 0
    assert json.loads(capsys.readouterr().out)["measurement"]["recall"] == 0.9912
