"""The whole measurement on a small scale, with a real database."""

from importlib.util import find_spec
from typing import Any

import pytest

from eval.ann.kinds import KINDS
from eval.ann.run import Plan, run

pytestmark = pytest.mark.slow

INDEXES = ["pgvector-halfvec", "pgvector-bit", *(["faiss-exact"] if find_spec("faiss") else [])]


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    saved: list[dict[str, Any]] = []
    plan = Plan([2_000], [64], INDEXES, 10, 10, 1, 0, tmp_path_factory.mktemp("cache"))

    def save(result: dict[str, Any]) -> None:
        saved.append({**result, "runs": list(result["runs"])})

    run(plan, lambda _: None, save)
    return saved


def test_each_index_is_measured_with_each_setting_under_each_filter(saved: list[dict[str, Any]]) -> None:
    runs = saved[-1]["runs"]
    assert [one["index"] for one in runs] == INDEXES
    for one in runs:
        assert len(one["points"]) == 3 * len(KINDS[one["index"]].points)


def test_the_result_is_saved_after_each_index(saved: list[dict[str, Any]]) -> None:
    assert [len(one["runs"]) for one in saved] == list(range(1, len(INDEXES) + 1))


def test_indexes_find_what_exact_search_finds(saved: list[dict[str, Any]]) -> None:
    best = {one["index"]: max(point["recall"] for point in one["points"]) for one in saved[-1]["runs"]}
    assert best["pgvector-halfvec"] >= 0.99
    assert best.get("faiss-exact", 1.0) == 1.0


def test_a_compressed_index_finds_more_the_deeper_it_looks(saved: list[dict[str, Any]]) -> None:
    points = [one for one in saved[-1]["runs"][1]["points"] if one["filter"] == "all"]
    recalls = [one["recall"] for one in sorted(points, key=lambda one: one["knobs"]["rescore_depth"])]
    assert recalls[0] < recalls[-1]


def test_sizes_and_times_are_told(saved: list[dict[str, Any]]) -> None:
    whole, signs = saved[-1]["runs"][:2]
    assert whole["bytes_a_vector"] > 2 * 64
    assert 64 / 8 < signs["bytes_a_vector"] < whole["bytes_a_vector"]
    for point in whole["points"]:
        assert 0 < point["p50"] <= point["p95"] <= point["p99"]
        assert point["searches"] == 10
    assert whole["build_seconds"]["index"] > 0
    assert set(saved[-1]["machine"]) == {"processor", "cores", "memory_gb", "system"}
