"""Files that are complete or absent: written aside, flushed to disk, checked by a checksum when they are read."""

import json
import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.faiss.errors import Corrupt

PIECE = 8 * 1024 * 1024
WRITE_NEW = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC


@dataclass(slots=True)
class Output:
    """A file that is being written, its size in bytes and its CRC-32 so far."""

    descriptor: int
    size: int = 0
    checksum: int = 0

    def write(self, data: bytes | memoryview) -> int:
        """Append data. Raises: OSError."""
        write_all(self.descriptor, data, self.size)
        self.checksum = zlib.crc32(data, self.checksum)
        self.size += len(data)
        return len(data)


@contextmanager
def written(path: Path) -> Iterator[Output]:
    """A new file, on disk when the context ends. Raises: OSError."""
    descriptor = os.open(path, WRITE_NEW, 0o600)
    try:
        output = Output(descriptor)
        yield output
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_all(descriptor: int, data: bytes | memoryview, start: int) -> None:
    """Write data at a place, however many calls it takes. Raises: OSError."""
    rest = memoryview(data).cast("B")
    while rest:
        count = os.pwrite(descriptor, rest, start)
        rest, start = rest[count:], start + count


def checksum(path: Path) -> int:
    """CRC-32 of a file's content. Raises: OSError."""
    value = 0
    with path.open("rb", buffering=0) as stream:
        while piece := stream.read(PIECE):
            value = zlib.crc32(piece, value)
    return value


def write_sealed(path: Path, content: dict[str, Any]) -> None:
    """Write JSON with its checksum, and put it in the place of an older file at once. Raises: OSError."""
    body = json.dumps(content, separators=(",", ":")).encode()
    aside = path.with_name(f"{path.name}.new")
    with written(aside) as output:
        output.write(b"%08x %b" % (zlib.crc32(body), body))
    aside.replace(path)
    sync_folder(path.parent)


def read_sealed(path: Path) -> dict[str, Any]:
    """What `write_sealed` wrote. Raises: FileNotFoundError. Corrupt: It is not what was written."""
    sealed = path.read_bytes()
    head, _, body = sealed.partition(b" ")
    if head != b"%08x" % zlib.crc32(body):
        raise Corrupt(path, "does not match its checksum")
    content: dict[str, Any] = json.loads(body)
    return content


def sync_folder(folder: Path) -> None:
    """Flush the names in a folder to disk. Raises: OSError."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
