"""A small result for tests of what is made of it."""

from typing import Any

from eval.ann.material import FILTERS


def result() -> dict[str, Any]:
    return {
        "settings": {"k": 10, "questions": 50, "rounds": 1},
        "filters": {"all": 1.0, "one in ten": 0.1, "one in a hundred": 0.01},
        "failed": [],
        "runs": [
            run("pgvector-halfvec", "pgvector HNSW (halfvec)", [("ef_search", 40), ("ef_search", 100)]),
            run("faiss-ivfpq", "FAISS IVF-PQ", [("nprobe", 8), ("nprobe", 32)]),
        ],
    }


def run(index: str, kind: str, settings: list[tuple[str, int]]) -> dict[str, Any]:
    points = [
        {
            "filter": name, "knobs": {knob: value}, "recall": 1 - 0.5 / value, "worst": 0.5, "p50": value / 10,
            "p95": value / 5, "p99": value / 4, "mean": value / 9, "qps": 9_000 / value, "cpu": value / 12,
            "searches": 50,
        }
        for knob, value in settings
        for name in FILTERS
    ]  # fmt: skip
    memory = {"this process": 1_000_000, "servers of the home": 2_000_000, "server of its own": 0}
    return {
        "size": 10_000, "dimension": 384, "index": index, "kind": kind, "build_seconds": {"index": 1.5},
        "build_processor_seconds": 2.5,
        "bytes": {"index": 9_000_000}, "bytes_a_vector": 900.0, "recipe": {"seed": 0},
        "memory": {"building": memory, "searching": memory}, "points": points,
    }  # fmt: skip
