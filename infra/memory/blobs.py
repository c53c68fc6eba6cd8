"""Uploaded files in memory, handed out as files."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import BinaryIO

from ingest.errors import EmptyFile, NotFound, TooLarge
from ingest.model import Blob
from ingest.ports import Staged

PIECE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class MemoryBlobStore:
    """The `BlobStore` port.

    Attributes:
        folder: Where a blob is written when its path is asked for.
    """

    folder: Path
    contents: dict[str, bytes] = field(default_factory=dict)

    @contextmanager
    def stage(self, stream: BinaryIO, limit: int) -> Iterator[Staged]:
        """Read a stream; it is kept when it is placed. Raises: TooLarge, EmptyFile."""
        content = b""
        while piece := stream.read(PIECE):
            content += piece
            if len(content) > limit:
                raise TooLarge
        if not content:
            raise EmptyFile
        sha256 = hashlib.sha256(content).hexdigest()
        yield Staged(Blob(sha256, len(content)), partial(self.contents.__setitem__, sha256, content))

    def path(self, sha256: str) -> Path:
        """A local path to read the file from. Raises: NotFound."""
        if sha256 not in self.contents:
            raise NotFound("The uploaded file is no longer there.")
        path = self.folder / sha256
        path.write_bytes(self.contents[sha256])
        return path

    def delete(self, sha256: str) -> None:
        """Remove a blob; nothing happens when it is absent."""
        self.contents.pop(sha256, None)
