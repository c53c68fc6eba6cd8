"""An index of its own for each test."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from infra.faiss.index import FaissIndex
from infra.faiss.library import Library
from infra.faiss.settings import FaissSettings
from tests.unit.infra.faiss.samples import DIMENSION

Open = Callable[..., FaissIndex]


@pytest.fixture(autouse=True)
def _faiss() -> None:
    """An optional package."""
    pytest.importorskip("faiss")


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Open]:
    """Opens the index of one folder, as each process does for itself; it exists."""
    indexes: list[FaissIndex] = []

    def one_more(
        settings: FaissSettings = FaissSettings(), dimension: int = DIMENSION, library: Library | None = None
    ) -> FaissIndex:
        indexes.append(FaissIndex(tmp_path / "faiss", dimension, settings, library))
        return indexes[-1]

    first = one_more()
    first.create()
    first.close()
    yield one_more
    for index in indexes:
        index.close()


@pytest.fixture
def index(opened: Open) -> FaissIndex:
    """An empty index of vectors of 8 numbers."""
    return opened()
