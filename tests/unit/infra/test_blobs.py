"""What only the blob store on files can get wrong."""

import io
import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, cast

import pytest

from infra.blobs import FileBlobStore
from ingest.errors import DiskFull, EmptyFile, TooLarge


class Broken(io.RawIOBase):
    """A stream that ends in an error after one piece."""

    def __init__(self) -> None:
        self._reads = 0

    def read(self, size: int = -1) -> bytes:
        self._reads += 1
        if self._reads > 1:
            raise ConnectionResetError("the browser went away")
        return b"x" * max(size, 1)


def files(folder: Path) -> list[Path]:
    return [one for one in folder.rglob("*") if one.is_file()]


@pytest.mark.parametrize(
    ("stream", "error"),
    [
        (io.BytesIO(b"x" * 3_000_000), TooLarge),
        (io.BytesIO(b""), EmptyFile),
        (cast(BinaryIO, Broken()), ConnectionResetError),
    ],
)
def test_a_failed_upload_leaves_nothing_behind(tmp_path: Path, stream: BinaryIO, error: type[Exception]) -> None:
    with pytest.raises(error):
        FileBlobStore(tmp_path).put(stream, 2_000_000)
    assert files(tmp_path) == []


def test_a_sweep_takes_what_is_old_and_unknown_only(tmp_path: Path) -> None:
    store = FileBlobStore(tmp_path)
    known, unknown, fresh = (store.put(io.BytesIO(content), 100) for content in (b"known", b"unknown", b"fresh"))
    interrupted = tmp_path / "incoming-abc"
    interrupted.write_bytes(b"half")
    old = time.time() - 7_200
    for path in (store.path(known.sha256), store.path(unknown.sha256), interrupted):
        os.utime(path, (old, old))
    assert store.sweep({known.sha256}) == 2
    assert {one.name for one in files(tmp_path)} == {known.sha256, fresh.sha256}


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


def test_a_full_disk_is_told_and_leaves_nothing_behind(tiny_disk: Path) -> None:
    store = FileBlobStore(tiny_disk)
    with pytest.raises(DiskFull, match="disk is full"):
        store.put(io.BytesIO(b"x" * 3_000_000), 10_000_000)
    assert files(tiny_disk) == []
    assert store.put(io.BytesIO(b"x" * 100_000), 10_000_000).size == 100_000
