"""What only the blob store on files can get wrong."""

import io
import os
import subprocess
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import BinaryIO, cast

import pytest

from infra.blobs import FileBlobStore
from ingest.errors import DiskFull, EmptyFile, TooLarge
from ingest.model import Blob


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


def put(store: FileBlobStore, stream: BinaryIO, limit: int = 10_000_000) -> Blob:
    with store.stage(stream, limit) as staged:
        staged.place()
    return staged.blob


def release(used: str, sha256: str, remove: Callable[[str], None]) -> bool:
    if sha256 != used:
        remove(sha256)
    return sha256 != used


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
        put(FileBlobStore(tmp_path), stream, 2_000_000)
    assert files(tmp_path) == []


def test_a_sweep_takes_what_is_old_and_unknown_only(tmp_path: Path) -> None:
    store = FileBlobStore(tmp_path)
    contents = (b"known", b"unknown", b"fresh", b"recorded since")
    known, unknown, fresh, recorded = (put(store, io.BytesIO(content)) for content in contents)
    interrupted = tmp_path / "incoming-abc"
    interrupted.write_bytes(b"half")
    old = time.time() - 7_200
    for path in (*(store.path(one.sha256) for one in (known, unknown, recorded)), interrupted):
        os.utime(path, (old, old))
    assert store.sweep({known.sha256}, partial(release, recorded.sha256)) == 2
    assert {one.name for one in files(tmp_path)} == {known.sha256, fresh.sha256, recorded.sha256}


def test_a_file_that_is_uploaded_again_is_fresh(tmp_path: Path) -> None:
    store = FileBlobStore(tmp_path)
    blob = put(store, io.BytesIO(b"content"))
    old = time.time() - 7_200
    os.utime(store.path(blob.sha256), (old, old))
    put(store, io.BytesIO(b"content"))
    assert store.sweep(set(), partial(release, "")) == 0


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
        put(store, io.BytesIO(b"x" * 3_000_000))
    assert files(tiny_disk) == []
    assert put(store, io.BytesIO(b"x" * 100_000)).size == 100_000
