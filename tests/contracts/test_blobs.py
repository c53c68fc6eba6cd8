"""The contract of `BlobStore`."""

import hashlib
import io
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from infra.blobs import FileBlobStore
from infra.memory.blobs import MemoryBlobStore
from ingest.errors import ChangedWhileReading, EmptyFile, NotFound, TooLarge
from ingest.model import Blob
from ingest.ports import BlobStore


@pytest.fixture(params=["memory", "files"])
def blobs(request: pytest.FixtureRequest, tmp_path: Path) -> BlobStore:
    return MemoryBlobStore(tmp_path) if request.param == "memory" else FileBlobStore(tmp_path / "blobs")


def put(blobs: BlobStore, stream: io.BytesIO, limit: int = 10_000_000) -> Blob:
    with blobs.stage(stream, limit) as staged:
        staged.place()
    return staged.blob


def test_what_is_not_placed_is_not_found(blobs: BlobStore) -> None:
    with blobs.stage(io.BytesIO(b"content"), 100) as staged:
        assert staged.blob == Blob(hashlib.sha256(b"content").hexdigest(), 7)
        with pytest.raises(NotFound):
            blobs.path(staged.blob.sha256)
    with pytest.raises(NotFound):
        blobs.path(staged.blob.sha256)


def test_what_was_removed_since_it_was_staged_is_there_again(blobs: BlobStore) -> None:
    put(blobs, io.BytesIO(b"content"))
    with blobs.stage(io.BytesIO(b"content"), 100) as staged:
        blobs.delete(staged.blob.sha256)
        staged.place()
    assert blobs.path(staged.blob.sha256).read_bytes() == b"content"


def test_what_was_put_can_be_read(blobs: BlobStore) -> None:
    content = bytes(range(256)) * 10_000
    blob = put(blobs, io.BytesIO(content), len(content))
    assert (blob.sha256, blob.size) == (hashlib.sha256(content).hexdigest(), len(content))
    assert blobs.path(blob.sha256).read_bytes() == content


def test_the_same_content_is_one_blob(blobs: BlobStore) -> None:
    first, again = (put(blobs, io.BytesIO(b"content")) for _ in range(2))
    assert first == again
    blobs.delete(first.sha256)
    with pytest.raises(NotFound):
        blobs.path(first.sha256)


def test_one_byte_over_the_limit_is_too_large(blobs: BlobStore) -> None:
    with pytest.raises(TooLarge):
        put(blobs, io.BytesIO(b"x" * 101), 100)
    with pytest.raises(NotFound):
        blobs.path(hashlib.sha256(b"x" * 101).hexdigest())


class Faulty(io.BytesIO):
    """A stream that fails where it should end."""

    def read(self, size: int | None = -1) -> bytes:
        piece = super().read(size)
        if not piece:
            raise ChangedWhileReading
        return piece


def test_a_stream_is_read_to_its_end_and_its_error_keeps_nothing(blobs: BlobStore) -> None:
    with pytest.raises(ChangedWhileReading):
        put(blobs, Faulty(b"content"))
    with pytest.raises(NotFound):
        blobs.path(hashlib.sha256(b"content").hexdigest())


def test_the_same_content_from_many_at_once(blobs: BlobStore) -> None:
    content = bytes(range(256)) * 8_000
    with ThreadPoolExecutor(8) as pool:
        stored = list(pool.map(lambda _: put(blobs, io.BytesIO(content)), range(24)))
    assert len(set(stored)) == 1
    assert blobs.path(stored[0].sha256).read_bytes() == content


def test_nothing_is_not_a_file(blobs: BlobStore) -> None:
    with pytest.raises(EmptyFile):
        put(blobs, io.BytesIO(b""))


def test_deleting_twice_is_fine(blobs: BlobStore) -> None:
    blob = put(blobs, io.BytesIO(b"content"))
    blobs.delete(blob.sha256)
    blobs.delete(blob.sha256)
    with pytest.raises(NotFound):
        blobs.path(blob.sha256)
