"""Uploaded files, kept by the hash of their content."""

import errno
import hashlib
import os
import stat
import tempfile
import time
from collections.abc import Callable, Iterator, Set
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import BinaryIO

from ingest.errors import DiskFull, EmptyFile, NotFound, TooLarge
from ingest.model import Blob
from ingest.ports import Staged

PIECE = 1024 * 1024
INCOMING = "incoming-"
STALE_S = 3_600.0


class FileBlobStore:
    """The `BlobStore` port on a folder. A file appears under its hash only when all of it is on disk."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextmanager
    def stage(self, stream: BinaryIO, limit: int) -> Iterator[Staged]:
        """Copy a stream to disk; what has not been placed when the context ends is removed.

        Raises:
            TooLarge: More than `limit` bytes. EmptyFile: none. DiskFull: no space; nothing is left behind.
        """
        with _no_space():
            self._folder.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(prefix=INCOMING, dir=self._folder)
        incoming = Path(name)
        try:
            with _no_space(), os.fdopen(handle, "wb") as target:
                blob = _copy(stream, target, limit)
                target.flush()
                os.fsync(target.fileno())
            yield Staged(blob, partial(self._place, incoming, blob))
        finally:
            incoming.unlink(missing_ok=True)

    def path(self, sha256: str) -> Path:
        """A local path to read the file from. Raises: NotFound."""
        path = self._at(sha256)
        if not path.is_file():
            raise NotFound("The uploaded file is no longer there.")
        return path

    def delete(self, sha256: str) -> None:
        """Remove a blob; nothing happens when it is absent."""
        self._at(sha256).unlink(missing_ok=True)

    def sweep(self, referenced: Set[str], release: Callable[[str, Callable[[str], None]], bool]) -> int:
        """Remove what interrupted uploads and deletions left behind an hour ago or earlier.

        Args:
            referenced: Hashes of files that are in use; spares asking for each of them.
            release: Removes a file by its hash unless it is in use; returns whether it did.

        Returns:
            How many files were removed.
        """
        oldest = time.time() - STALE_S
        stale = [one for one in self._folder.glob("**/*") if one.name not in referenced and _is_older(one, oldest)]
        removed = 0
        for one in stale:
            if one.name.startswith(INCOMING):
                one.unlink(missing_ok=True)
                removed += 1
            else:
                removed += release(one.name, self.delete)
        return removed

    def _at(self, sha256: str) -> Path:
        return self._folder / sha256[:2] / sha256

    def _place(self, incoming: Path, blob: Blob) -> None:
        final = self._at(blob.sha256)
        with _no_space():
            final.parent.mkdir(exist_ok=True)
            incoming.replace(final)
            for folder in (final.parent, self._folder):
                descriptor = os.open(folder, os.O_RDONLY)
                try:
                    os.fsync(descriptor)
                finally:
                    os.close(descriptor)


def _is_older(path: Path, moment: float) -> bool:
    """Is it a file that was last written before a moment?"""
    try:
        found = path.stat()
    except FileNotFoundError:
        return False  # another worker that starts was faster
    return stat.S_ISREG(found.st_mode) and found.st_mtime < moment


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
