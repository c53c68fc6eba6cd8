"""What the status page shows of the index."""

from dataclasses import replace

from app.ui.index_view import curve, has_curve, index_facts
from retrieval.library import StoreStatus
from retrieval.tuning.model import Trial
from tests.unit.app.measured import MEASUREMENT, TRIALS

STATUS = StoreStatus(4, 3, 1204, 1204, 48_123_904, "bge", 384, "pgvector HNSW", 0, 1, "pgvector", 0, 900)
CHECKED = replace(
    MEASUREMENT,
    how="check", source="stored", target=None,
    chosen=replace(TRIALS[1], settings=(), strata=(replace(TRIALS[1].strata[0], lower=0.0),), latency_ms=0.0),
    trials=(replace(TRIALS[1], settings=(), latency_ms=0.0),),
)  # fmt: skip


def facts(status: StoreStatus) -> dict[str, str]:
    return {fact.label: fact.value for fact in index_facts(status)}


def test_an_index_that_was_not_measured_says_how() -> None:
    shown = facts(STATUS)
    assert shown["Bytes a vector"] == "900"
    assert shown["Recall"] == "not measured: run footnote tune"
    assert "Measured" not in shown


def test_an_index_outside_tells_what_waits() -> None:
    shown = facts(replace(STATUS, store="milvus", index_kind="Milvus HNSW", pending=12, bytes_a_vector=None))
    assert shown["Kind"] == "Milvus HNSW, 12 passages behind"
    assert shown["Bytes a vector"] == "not known for this store"


def test_measured_recall_is_told_with_its_bound_and_its_queries() -> None:
    shown = facts(replace(STATUS, measurement=MEASUREMENT))
    assert shown["Recall"] == "99.1% of the 10 nearest, at least 98.2% with 95% confidence"
    assert shown["By filter"] == "without a filter 99.1%; in 1% of the passages 100.0%"
    assert shown["Settings"] == "ef_search 100"
    assert "with 500 generated questions" in shown["Measured"]
    assert "2026" in shown["Measured"]


def test_a_check_promises_nothing_and_has_no_curve() -> None:
    shown = facts(replace(STATUS, measurement=CHECKED))
    assert shown["Recall"] == "99.1% of the 10 nearest"
    assert "stored passages" in shown["Measured"]
    assert not has_curve(CHECKED)
    assert not has_curve(None)


def test_the_curve_has_a_point_a_trial_and_marks_what_was_chosen() -> None:
    assert has_curve(MEASUREMENT)
    drawn = curve(MEASUREMENT, dark=False)
    points = drawn["data"]["values"]
    assert [(one["milliseconds"], one["recall"], one["lower"], one["state"]) for one in points] == [
        (4.0, 0.9985, 0.9905, "reaches"), (2.5, 0.9912, 0.9821, "chosen"), (1.75, 0.9712, 0.9571, "not shown"),
    ]  # fmt: skip
    assert {one["ladder"] for one in points} == {"the index as it is"}
    targets = [layer["data"]["values"] for layer in drawn["layer"] if "data" in layer]
    assert targets == [[{"target": 0.98}]] * 2
    scales = [layer["encoding"]["y"]["scale"] for layer in drawn["layer"]]
    assert all(scale == scales[0] for scale in scales)
    low, high = scales[0]["domain"]
    assert low < 0.9571
    assert high == 1.0
    assert "ef_search 100: 99.1% in 2.5 ms" in drawn["description"]


def test_colours_follow_the_theme() -> None:
    assert str(curve(MEASUREMENT, dark=True)) != str(curve(MEASUREMENT, dark=False))


def test_ladders_are_drawn_as_lines_of_their_own() -> None:
    def with_depth(trial: Trial, depth: int) -> Trial:
        return replace(trial, settings=(("candidates", depth), *trial.settings))

    trials = tuple(with_depth(one, depth) for depth in (50, 100) for one in TRIALS)
    drawn = curve(replace(MEASUREMENT, trials=trials, chosen=trials[0]), dark=False)
    assert {one["ladder"] for one in drawn["data"]["values"]} == {"candidates 50", "candidates 100"}
