"""Reading a file that somebody may be writing to."""

import os
from typing import BinaryIO

from ingest.errors import ChangedWhileReading, Transient


class Watched:
    """A file that complains at its end when it was written to while it was read."""

    def __init__(self, stream: BinaryIO, before: os.stat_result) -> None:
        self._stream = stream
        self._before = before

    def seek(self, offset: int) -> int:
        """Go to an offset."""
        return self._stream.seek(offset)

    def read(self, size: int = -1) -> bytes:
        """Read on. Raises: ChangedWhileReading at the end. Transient: the file cannot be read."""
        try:
            piece = self._stream.read(size)
        except OSError as error:
            raise Transient(f"The file could not be read: {error.strerror}.") from error
        if not piece:
            after = os.fstat(self._stream.fileno())
            if (after.st_size, after.st_mtime_ns) != (self._before.st_size, self._before.st_mtime_ns):
                raise ChangedWhileReading
        return piece
