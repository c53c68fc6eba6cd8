"""A process that is killed at any step loses nothing that a call returned for, and leaves no half state."""

import subprocess
import sys
from pathlib import Path

import pytest

from infra.faiss.errors import Gone
from infra.faiss.index import FaissIndex
from infra.faiss.settings import FaissSettings
from tests.unit.infra.faiss.samples import DIMENSION, EVERYTHING, axis, entries, ids, random_vectors

pytestmark = pytest.mark.slow

CRASH = [sys.executable, "-m", "tests.unit.infra.faiss.crash_process"]
BEFORE = [0, 1, 2, 3, 4, 5, 6]


def killed(template: Path, folder: Path, action: str) -> list[Path]:
    """The folders of an index, one for each step that its process was killed at; the last one's came to its end."""
    folder.mkdir()
    done = subprocess.run(
        [*CRASH, str(template), str(folder), action], stdout=subprocess.PIPE, text=True, check=True, timeout=120
    )
    return [folder / str(step) for step in range(1, int(done.stdout) + 1)]


@pytest.fixture
def template(tmp_path: Path) -> Path:
    """An index of seven chunks: some in its base, some replaced, deleted and added since."""
    index = FaissIndex(tmp_path / "template", DIMENSION, FaissSettings(kind="HNSW"))
    index.create()
    index.upsert(entries(range(6)), random_vectors(6))
    index.compact()
    index.upsert(entries([5, 6, 7]), random_vectors(3))
    index.delete([7])
    index.close()
    return tmp_path / "template"


def found(folder: Path) -> tuple[list[int], list[float]]:
    index = FaissIndex(folder, DIMENSION, FaissSettings(kind="HNSW"))
    hits = sorted(index.search(axis(0), EVERYTHING, 100), key=lambda hit: hit.chunk_id)
    assert index.count() == len(hits)
    index.close()
    return ids(hits), [hit.score for hit in hits]


@pytest.mark.parametrize(
    ("action", "after"),
    [
        ("upsert", list(range(15))),
        ("delete", [0, 4, 5, 6]),
        ("delete_document", []),
        ("compact", BEFORE),
        ("clear", []),
    ],
)
def test_a_change_happened_or_did_not(template: Path, tmp_path: Path, action: str, after: list[int]) -> None:
    before = found(template)
    steps = killed(template, tmp_path / action, action)
    done = found(steps[-1])
    assert (before[0], done[0]) == (BEFORE, after)
    assert len(steps) > 2
    for folder in steps:
        assert found(folder) in (before, done)
        assert found(folder) == found(folder)
        carries_on(folder)


def carries_on(folder: Path) -> None:
    """The next process works as if nothing had happened, and no waste stays."""
    index = FaissIndex(folder, DIMENSION, FaissSettings(kind="HNSW"))
    index.upsert(entries([100]), random_vectors(1))
    count = index.count()
    index.compact()
    assert (index.count(), found(folder)[0][-1]) == (count, 100)
    index.close()
    assert len(list(folder.glob("generation-*"))) == 1
    assert not (folder / "building").exists()


def test_a_creation_can_be_repeated(tmp_path: Path) -> None:
    for folder in killed(tmp_path / "nothing", tmp_path / "create", "create"):
        index = FaissIndex(folder, DIMENSION)
        index.create()
        assert index.count() == 0
        index.close()
        carries_on(folder)


def test_a_removal_can_be_repeated(template: Path, tmp_path: Path) -> None:
    for folder in killed(template, tmp_path / "drop", "drop"):
        index = FaissIndex(folder, DIMENSION)
        index.drop()
        with pytest.raises(Gone):
            index.count()
        index.create()
        assert index.count() == 0
        index.close()
        carries_on(folder)
