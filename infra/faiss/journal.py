"""An append-only file of checksummed records, and the mark up to which they are valid.

Each record is a head (four letters, length and CRC-32 of the payload, CRC-32 of these) and a payload. A writer flushes
a record to disk before it moves the mark; readers read up to the mark only, so they need no lock and never see half a
record. The mark itself may be lost with the power: then the records behind it are found again by their checksums.
"""

import os
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from infra.faiss.errors import Corrupt
from infra.faiss.files import write_all, written

HEAD = struct.Struct("<4sQI")
SEAL = struct.Struct("<I")
MARK = struct.Struct("<QI")
HEAD_SIZE = HEAD.size + SEAL.size
MAGIC = b"FNJ1"
# A reader may meet a writer in the middle of the mark's 12 bytes.
ATTEMPTS = 20


class Journal:
    """The journal of one generation.

    Args:
        folder: Of the generation.
    """

    def __init__(self, folder: Path) -> None:
        self._path, self._mark = folder / "journal", folder / "committed"

    def create(self, content: bytes) -> None:
        """Begin with valid records. Raises: OSError."""
        with written(self._path) as output:
            output.write(content)
        with written(self._mark) as output:
            output.write(_mark(len(content)))

    def committed(self) -> int | None:
        """The size of the valid part; `None` where the mark was lost. Raises: FileNotFoundError."""
        for _ in range(ATTEMPTS):
            sealed = self._mark.read_bytes()
            if len(sealed) == MARK.size and sealed == _mark(MARK.unpack(sealed)[0]):
                return int(MARK.unpack(sealed)[0])
        return None

    def read(self, start: int, end: int) -> bytes:
        """Records as they are stored. Raises: Corrupt: Some are missing."""
        with self._path.open("rb") as stream:
            stream.seek(start)
            data = stream.read(end - start)
        if len(data) != end - start:
            raise Corrupt(self._path, "is shorter than what was written")
        return data

    def payloads(self, start: int, end: int) -> Iterator[bytes]:
        """The content of valid records. Raises: Corrupt: They are not what was written."""
        data, place = self.read(start, end), 0
        while place < len(data):
            payload = _payload(data, place)
            if payload is None:
                raise Corrupt(self._path, "does not match its checksums")
            yield payload
            place += HEAD_SIZE + len(payload)

    def append(self, payload: bytes) -> None:
        """Add a record, on disk when this returns; nothing is added where it fails. Only while writing.

        Raises:
            OSError: It could not be written. Corrupt: The records before are not what was written.
        """
        with self._opened() as descriptor:
            end = self._repaired(descriptor)
            record = _head(payload) + payload
            try:
                write_all(descriptor, record, end)
                os.fsync(descriptor)
                self._move_mark(end + len(record))
            except OSError:
                with suppress(OSError):
                    os.ftruncate(descriptor, end)
                raise

    def repair(self) -> int:
        """Finish what a killed writer left; returns the size. Only while writing.

        Raises:
            OSError, Corrupt.
        """
        with self._opened() as descriptor:
            return self._repaired(descriptor)

    def _repaired(self, descriptor: int) -> int:
        """Whole records behind the mark are kept, half a record is cut off: no call has returned for it."""
        size, mark = os.fstat(descriptor).st_size, self.committed()
        if mark == size:
            return size
        if mark is not None and mark > size:
            raise Corrupt(self._path, "is shorter than what was written")
        end = self._valid(mark or 0, size)
        os.ftruncate(descriptor, end)
        os.fsync(descriptor)
        self._move_mark(end)
        return end

    def _valid(self, start: int, size: int) -> int:
        """Where the last whole record ends. Raises: Corrupt: A broken record is not the last one."""
        data, place = self.read(start, size), 0
        while (payload := _payload(data, place)) is not None:
            place += HEAD_SIZE + len(payload)
        length = _length(data, place)
        if length is not None and place + HEAD_SIZE + length < len(data):
            raise Corrupt(self._path, "does not match its checksums")
        return start + place

    @contextmanager
    def _opened(self) -> Iterator[int]:
        descriptor = os.open(self._path, os.O_RDWR | os.O_CLOEXEC)
        try:
            yield descriptor
        finally:
            os.close(descriptor)

    def _move_mark(self, end: int) -> None:
        descriptor = os.open(self._mark, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            write_all(descriptor, _mark(end), 0)
        finally:
            os.close(descriptor)


def _head(payload: bytes) -> bytes:
    head = HEAD.pack(MAGIC, len(payload), zlib.crc32(payload))
    return head + SEAL.pack(zlib.crc32(head))


def _mark(size: int) -> bytes:
    return MARK.pack(size, zlib.crc32(struct.pack("<Q", size)))


def _length(data: bytes, place: int) -> int | None:
    """The length of the payload of the record at a place; `None` where there is no valid head."""
    head = data[place : place + HEAD.size]
    seal = data[place + HEAD.size : place + HEAD_SIZE]
    if len(seal) < SEAL.size or seal != SEAL.pack(zlib.crc32(head)) or head[:4] != MAGIC:
        return None
    return int(HEAD.unpack(head)[1])


def _payload(data: bytes, place: int) -> bytes | None:
    """The payload of the record at a place; `None` where it is not whole."""
    length = _length(data, place)
    if length is None:
        return None
    payload = data[place + HEAD_SIZE : place + HEAD_SIZE + length]
    whole = len(payload) == length and zlib.crc32(payload) == HEAD.unpack(data[place : place + HEAD.size])[2]
    return payload if whole else None
