"""Uploaded files, kept by the hash of their content."""

import errno
import hashlib
import os
import tempfile
import time
from collections.abc import Iterator, Set
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from ingest.errors import DiskFull, EmptyFile, NotFound, TooLarge
from ingest.model import Blob

PIECE = 1024 * 1024
INCOMING = "incoming-"
STALE_S = 3_600.0


class FileBlobStore:
    """The `BlobStore` port on a folder. A file appears under its hash only when all of it is on disk."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, stream: BinaryIO, limit: int) -> Blob:
        """Copy a stream to durable storage and return its hash and size.

        Raises:
            TooLarge: More than `limit` bytes. EmptyFile: none. DiskFull: no space; nothing is left behind.
        """
        with _no_space():
            self._folder.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(prefix=INCOMING, dir=self._folder)
            incoming = Path(name)
            try:
                with os.fdopen(handle, "wb") as target:
                    blob = _copy(stream, target, limit)
                    target.flush()
                    os.fsync(target.fileno())
                self._place(incoming, blob)
            finally:
                incoming.unlink(missing_ok=True)
        return blob

    def path(self, sha256: str) -> Path:
        """A local path to read the file from. Raises: NotFound."""
        path = self._at(sha256)
        if not path.is_file():
            raise NotFound("The uploaded file is no longer there.")
        return path

    def delete(self, sha256: str) -> None:
        """Remove a blob; nothing happens when it is absent."""
        self._at(sha256).unlink(missing_ok=True)

    def sweep(self, referenced: Set[str], now: float | None = None) -> int:
        """Remove what an interrupted upload left behind an hour ago or earlier; returns how many files."""
        oldest = (time.time() if now is None else now) - STALE_S
        stale = [
            one
            for one in self._folder.glob("**/*")
            if one.is_file() and one.name not in referenced and one.stat().st_mtime < oldest
        ]
        for one in stale:
            one.unlink(missing_ok=True)
        return len(stale)

    def _at(self, sha256: str) -> Path:
        return self._folder / sha256[:2] / sha256

    def _place(self, incoming: Path, blob: Blob) -> None:
        final = self._at(blob.sha256)
        final.parent.mkdir(exist_ok=True)
        incoming.replace(final)
        for folder in (final.parent, self._folder):
            descriptor = os.open(folder, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)


def _copy(stream: BinaryIO, target: BinaryIO, limit: int) -> Blob:
    digest, size = hashlib.sha256(), 0
    while piece := stream.read(PIECE):
        size += len(piece)
        if size > limit:
            raise TooLarge(f"The file is larger than the upload limit of {limit // 1_000_000:,} MB.")
        digest.update(piece)
        target.write(piece)
    if not size:
        raise EmptyFile
    return Blob(digest.hexdigest(), size)


@contextmanager
def _no_space() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DiskFull from error
        raise
