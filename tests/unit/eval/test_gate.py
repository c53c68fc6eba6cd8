"""The gate lets through what is as good, and stops what is worse."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from app.settings import Settings
from eval.gate import (
    BASELINES,
    against,
    default_settings,
    main,
    measure_set,
    read_baseline,
    show,
    write_baseline,
)
from eval.gate_sets import gate_sets, reading_set
from eval.runs import Run
from ingest.errors import Permanent

VALUES = (1.0, 1.0, 0.5, 1.0, 1.0, 0.5, 1.0, 1.0)


def run(values: Sequence[float] = VALUES, data: str = "x") -> Run:
    pinned = {"data": {"set": data}, "settings": {"rerank": True}}
    return Run("dense", pinned, tuple(map(str, range(len(values)))), {"MAP": tuple(values)})


@pytest.fixture
def baselines(tmp_path: Path) -> Path:
    write_baseline(tmp_path / "set.json", {"dense": run()})
    return tmp_path


def test_the_same_values_pass(baselines: Path) -> None:
    (compared,) = against(baselines, "set", {"dense": run()})

    assert compared.dropped == []
    assert "DROPPED" not in show([compared])


def test_one_bad_question_is_within_the_interval(baselines: Path) -> None:
    (compared,) = against(baselines, "set", {"dense": run((0.0, *VALUES[1:]))})

    assert compared.measures["MAP"].change.mean < 0
    assert compared.dropped == []


def test_a_drop_beyond_the_interval_fails(baselines: Path) -> None:
    (compared,) = against(baselines, "set", {"dense": run([value / 2 for value in VALUES])})

    assert compared.dropped == ["MAP"]
    assert "DROPPED" in show([compared])


def test_a_rise_passes(baselines: Path) -> None:
    (compared,) = against(baselines, "set", {"dense": run([1.0] * 8)})

    assert compared.dropped == []


def test_a_baseline_keeps_mean_interval_number_and_values(baselines: Path) -> None:
    kept = json.loads((baselines / "set.json").read_text())["settings"]["dense"]["measures"]["MAP"]

    assert (kept["mean"], kept["n"], kept["values"]) == (0.875, 8, list(VALUES))
    assert kept["low"] < 0.875 < kept["high"]
    assert read_baseline(baselines / "set.json")["dense"].values == {"MAP": VALUES}


def test_other_data_needs_a_new_baseline(baselines: Path) -> None:
    with pytest.raises(Permanent, match=r"is of other data\. Run: python -m eval\.gate --update"):
        against(baselines, "set", {"dense": run(data="y")})
    with pytest.raises(Permanent, match="no setting lexical"):
        against(baselines, "set", {"lexical": run()})
    with pytest.raises(Permanent, match="is no baseline"):
        against(baselines, "other", {"dense": run()})


def test_the_environment_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOOTNOTE_FUSION", "rrf")
    monkeypatch.setenv("FOOTNOTE_CHUNK_TOKENS", "64")
    monkeypatch.setenv("FOOTNOTE_DATABASE_URL", "postgresql://host/precious")

    found = default_settings(tmp_path, {"rerank": False})

    assert (found.fusion, found.chunk_tokens, found.rerank) == ("blend", 128, False)
    assert (found.database_url, found.home) == (None, tmp_path)
    assert Settings(home=tmp_path).fusion == "rrf"


def test_the_sets_are_the_same_every_time_and_fit_the_baselines() -> None:
    first, second = gate_sets(), gate_sets()

    for name, one in first.items():
        assert one.data == second[name].data
        kept = read_baseline(BASELINES / f"{name}.json")
        assert set(kept) == set(one.asked)
        for setting, count in one.asked.items():
            assert kept[setting].questions == tuple(asked.id for asked in one.tests.questions[:count])
            assert kept[setting].pins["data"] == one.data


def test_every_question_of_the_reading_set_has_its_section() -> None:
    tests = reading_set()
    ids = {one.id for one in tests.documents}

    assert all(set(one.gains) <= ids for one in tests.questions)
    assert len({one.id for one in tests.questions}) == len(tests.questions) == 100


@pytest.mark.slow
def test_nothing_has_become_worse(capsys: pytest.CaptureFixture[str]) -> None:
    code = main([])

    assert code == 0, capsys.readouterr().out


@pytest.mark.slow
def test_hits_in_reversed_order_are_stopped() -> None:
    runs = measure_set(gate_sets()["handbook"], ["lexical"], lambda hits: list(reversed(hits)))

    (compared,) = against(BASELINES, "handbook", runs)

    assert {"nDCG@10", "MRR@10", "MAP", "recall@1"} <= set(compared.dropped)
