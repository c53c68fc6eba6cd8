"""What is chosen from size and dimension, and what is refused."""

import re
from typing import Any

import pytest

from infra.faiss.settings import FaissSettings
from ingest.errors import Permanent


@pytest.mark.parametrize(
    ("dimension", "parts"), [(8, 4), (32, 16), (100, 10), (384, 48), (768, 96), (1_024, 64), (97, 1)]
)
def test_bytes_follow_from_the_dimension(dimension: int, parts: int) -> None:
    assert FaissSettings().parts(dimension) == parts


@pytest.mark.parametrize(("count", "cells"), [(10_000, 128), (20_000, 256), (100_000, 512), (1_000_000, 1_024)])
def test_cells_follow_from_the_size(count: int, cells: int) -> None:
    assert FaissSettings().cells(count) == cells


def test_what_is_set_counts() -> None:
    settings = FaissSettings(nlist=1_000, pq_parts=96)
    assert (settings.cells(50_000), settings.parts(384), settings.trainable) == (1_000, 96, 39_000)
    assert (settings.built(38_999), settings.built(39_000)) == ("exact", "IVF-PQ")


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"kind": "LSH"}, "There is no FAISS index type 'LSH'. Choose one of: exact, HNSW, IVF-PQ."),
        ({"nprobe": 0}, "The setting nprobe of the FAISS index is 0; it must be 1 to 65,536."),
        ({"threads": 513}, "The setting threads of the FAISS index is 513; it must be 1 to 512."),
    ],
)
def test_other_values_are_refused(values: dict[str, Any], words: str) -> None:
    with pytest.raises(Permanent, match=re.escape(words)):
        FaissSettings(**values)


def test_parts_of_unequal_size_are_refused() -> None:
    with pytest.raises(Permanent, match="must divide the dimension 384"):
        FaissSettings(pq_parts=50).parts(384)
