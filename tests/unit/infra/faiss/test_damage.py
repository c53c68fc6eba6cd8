"""Files that are not what was written are told, with what to do; a full disk leaves the index as it was."""

import errno
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.faiss.errors import Corrupt
from infra.faiss.index import FaissIndex
from infra.faiss.journal import Journal
from infra.faiss.settings import FaissSettings
from ingest.errors import DiskFull, Transient
from tests.unit.infra.faiss.conftest import Open
from tests.unit.infra.faiss.samples import DIMENSION, EVERYTHING, axis, entries, ids, random_vectors

FILES = [
    "manifest.json",
    "vectors.faiss",
    "index.faiss",
    "chunk_id.npy",
    "uploaded_at.npy",
    "document_id.npy",
    "collection_id.npy",
    "file_type.npy",
    "tags.npy",
]


@pytest.fixture
def generation(opened: Open, tmp_path: Path) -> Path:
    """The folder of an index with a base of 50 chunks and a journal."""
    index = opened(FaissSettings(kind="HNSW"))
    index.upsert(entries(range(50)), random_vectors(50))
    index.compact()
    index.upsert(entries([50]), random_vectors(1))
    index.close()
    return sorted((tmp_path / "faiss").glob("generation-*"))[-1]


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("damage", ["flip", "cut", "empty", "lose"])
def test_a_damaged_base(opened: Open, generation: Path, name: str, damage: str) -> None:
    path = generation / name
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 4
    path.write_bytes({"flip": bytes(data), "cut": bytes(data)[:-1], "empty": b"", "lose": b""}[damage])
    if damage == "lose":
        path.unlink()
    index = opened()
    for call in (index.count, index.compact, lambda: index.search(axis(0), EVERYTHING, 1)):
        with pytest.raises(Corrupt, match=r"is damaged: .* Run: footnote db rebuild-index"):
            call()
    rebuilt(index)


@pytest.mark.parametrize("name", ["journal", "committed", "current"])
def test_a_lost_file(opened: Open, generation: Path, name: str) -> None:
    (generation.parent / name if name == "current" else generation / name).unlink()
    index = opened()
    with pytest.raises(Corrupt, match="footnote db rebuild-index"):
        index.count()
    with pytest.raises(Corrupt, match="footnote db rebuild-index"):
        index.delete([1])
    rebuilt(index)


@pytest.mark.parametrize("content", [b"", b"\0" * 40, b'{"number":1}'])
def test_a_pointer_that_cannot_be_read(opened: Open, generation: Path, content: bytes) -> None:
    (generation.parent / "current").write_bytes(content)
    index = opened()
    for call in (index.count, index.create):
        with pytest.raises(Corrupt, match="footnote db rebuild-index"):
            call()
    rebuilt(index)


def test_a_flipped_bit_in_the_journal(opened: Open, generation: Path) -> None:
    data = bytearray((generation / "journal").read_bytes())
    data[-3] ^= 1
    (generation / "journal").write_bytes(data)
    with pytest.raises(Corrupt, match="journal does not match its checksums"):
        opened().count()
    rebuilt(opened())


def test_without_checksums_impossible_vectors_are_told(opened: Open, generation: Path) -> None:
    path = generation / "vectors.faiss"
    data = path.read_bytes()
    path.write_bytes(data[: -2 * DIMENSION * 50] + b"\xff" * 2 * DIMENSION * 50)
    with pytest.raises(Corrupt, match="vectors that cannot be"):
        opened(FaissSettings(verify=False)).search(axis(0), EVERYTHING, 3)


def test_a_journal_of_another_generation_is_told(opened: Open, generation: Path) -> None:
    index = opened()
    assert index.count() == 51
    for name in ("journal", "committed"):
        (generation / name).unlink()
    Journal(generation).create(b"")
    with pytest.raises(Corrupt, match="changed by another program"):
        index.count()


def rebuilt(index: FaissIndex) -> None:
    """Clearing works whatever is damaged."""
    index.clear()
    index.upsert(entries([1, 2]), random_vectors(2))
    assert sorted(ids(index.search(axis(0), EVERYTHING, 9))) == [1, 2]


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 1 MB."""
    folder = tmp_path / "tiny"
    folder.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder], capture_output=True, check=False)
    if made.returncode:
        pytest.skip("only root can make a tiny disk to fill")
    yield folder
    subprocess.run(["umount", folder], check=True)


def test_a_full_disk_loses_nothing(tiny_disk: Path) -> None:
    index, other = (FaissIndex(tiny_disk, 64, FaissSettings(kind="HNSW")) for _ in range(2))
    index.create()
    try:
        index.upsert(entries(range(2_300)), random_vectors(2_300, 64))
        for call in (index.compact, lambda: index.upsert(entries(range(9_000)), random_vectors(9_000, 64))):
            with pytest.raises(DiskFull):
                call()
            assert (index.count(), other.count()) == (2_300, 2_300)
            assert not (tiny_disk / "building").exists()
        index.delete([5])
        assert other.count() == 2_299
    finally:
        index.close()
        other.close()


def test_other_trouble_with_files_is_transient(opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    index = opened()

    def fails(descriptor: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", fails)
        with pytest.raises(Transient, match="Input/output error"):
            index.upsert(entries([1]), random_vectors(1))
    assert index.count() == 0
