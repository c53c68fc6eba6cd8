from pathlib import Path

import pytest

from eval.bench import ask, ingest, memory
from eval.bench.__main__ import workload

FLOORS = [ingest.Floor(1.0, 9.0, 7.0, 20.0), ingest.Floor(1.0, 19.0, 17.0, 20.0), ingest.Floor(1.0, 7.0, 5.0, 10.0)]
PRODUCTS = [
    ingest.Ingested(12.0, {"parse": 2.0, "embed": 10.0}, 22.0),
    ingest.Ingested(11.0, {"parse": 1.0, "embed": 10.0}, 24.0),
    ingest.Ingested(30.0, {"parse": 3.0, "embed": 27.0}, 23.0),
]


def test_ingest_compares_medians() -> None:
    found = ingest.summary(FLOORS, PRODUCTS, pages=24, chunks=100)

    assert found["seconds"] == 12.0
    assert found["floor_seconds"] == 10.0
    assert found["ratio"] == pytest.approx(1.2)
    assert found["ratio_without_context"] == pytest.approx(12 / 8)
    assert found["ratio_of_processor_time"] == pytest.approx(23 / 20)
    assert found["pages_per_second"] == 2.0
    assert found["stages"] == {"parse": 2.0, "embed": 10.0}


def test_ingest_shows_every_run() -> None:
    lines = ingest.show(ingest.summary(FLOORS, PRODUCTS, pages=24, chunks=100)).splitlines()
    cells = {" ".join(line.split()[:2]): line.split()[2:] for line in lines if line.startswith("run")}

    assert cells["run 3"] == ["8.00", "30.00", "3.750", "10.00", "23.00", "2.300"]
    assert len(cells) == 3
    assert any(line.startswith("ratio of medians 1.200 (target: at most 1.25)") for line in lines)


def test_ask_has_median_and_p95_of_each_stage() -> None:
    timings = [{"search": float(value), "total": 2.0 * value} for value in range(1, 101)]

    found = ask.summary(timings, [1.0, 3.0, 2.0])

    assert found["stages_ms"]["total"] == {"median": 101.0, "p95": 190.0}
    assert found["command_ms"] == {"median": 2_000.0, "p95": 3_000.0}
    assert "total" in ask.show(found, {"BM25 search": {"median": 1.0, "p95": 2.0}})


def test_memory_without_a_browser_is_said_not_invented() -> None:
    shown = memory.show({"worker": 1_234_000_000, "page": None})

    assert "1.23" in shown
    assert "no chromium" in shown


def test_without_the_data_the_sample_handbook_is_measured(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = workload(tmp_path / "absent")

    assert [file.name for file in found.files] == ["quillmere-handbook.pdf"]
    assert len(found.questions) == 40
    assert "sample handbook" in capsys.readouterr().out
