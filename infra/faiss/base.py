"""An immutable base of an index, mapped into memory."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from infra.faiss.columns import CODED, Coded, Columns, Integers
from infra.faiss.errors import Corrupt
from infra.faiss.files import checksum, read_sealed
from infra.faiss.folder import Pointer
from infra.faiss.library import Library, Rows
from infra.faiss.locks import Lease
from infra.faiss.records import Batch, plain
from ingest.ports import Vectors

MANIFEST, FLAT, FAST = "manifest.json", "vectors.faiss", "index.faiss"
FORMAT = 1
BLOCK = 4_096


class Base:
    """Rows in the order of their chunk ids, with their vectors as float16 and an index over these.

    Args:
        folder: Of the generation.
        pointer: What the folder should hold.
        library: FAISS.
        verify: Compare the checksums of all files; else their sizes only.

    Raises:
        FileNotFoundError: The generation was removed, or a file of it is missing.
        Corrupt: A file is not what was written.

    Attributes:
        folder: Where it lies.
        pointer: Its number and dimension.
        kind: Of the index.
        columns: The fields of its rows.
        flat: Compares with every vector; `None` without rows.
        fast: The index of another kind; `None` where the kind is exact.
    """

    def __init__(self, folder: Path, pointer: Pointer, library: Library, verify: bool) -> None:
        self._lease = Lease(folder)
        self.folder = folder
        self.pointer = pointer
        manifest = read_sealed(folder / MANIFEST)
        if manifest["format"] != FORMAT or manifest["dimension"] != pointer.dimension:
            raise Corrupt(folder / MANIFEST, "belongs to another index or version")
        _check(folder, manifest["files"], verify)
        self.kind: str = manifest["kind"]
        try:
            self.columns = _columns(folder, manifest["values"]) if manifest["rows"] else Batch.empty(1).columns
            self.flat = library.read(folder / FLAT) if manifest["rows"] else None
            self.fast = library.read(folder / FAST) if FAST in manifest["files"] else None
        except (ValueError, EOFError, RuntimeError) as error:
            raise Corrupt(folder, "cannot be read") from error
        if self.flat is not None and self.fast is not None and self.kind == "HNSW":
            library.attach(self.fast, self.flat)
        self._bytes = np.zeros((0, 2 * pointer.dimension), dtype=np.uint8)
        if self.flat is not None:
            self._bytes = library.vectors(self.flat, pointer.dimension)

    def __len__(self) -> int:
        return len(self.columns)

    def vectors(self, rows: Rows) -> Vectors:
        """The vectors of some rows as float32, shape (rows, dimension)."""
        halves = self._bytes[rows].view("<f2")
        found: Vectors = halves.astype(np.float32).reshape(len(rows), self.pointer.dimension)
        return found

    def blocks(self) -> Iterator[Vectors]:
        """All vectors, in order."""
        for start in range(0, len(self), BLOCK):
            yield self.vectors(np.arange(start, min(start + BLOCK, len(self))))

    def rows_of(self, chunk_ids: Integers) -> Rows:
        """The rows of those chunks that are here."""
        own = self.columns.chunk_id
        places = np.searchsorted(own, chunk_ids)
        places = places[places < len(own)] if len(own) else places[:0]
        found: Rows = places[np.isin(own[places], chunk_ids)]
        return found


def _check(folder: Path, files: dict[str, Any], verify: bool) -> None:
    for name, expected in files.items():
        path = folder / name
        if path.stat().st_size != expected["bytes"]:
            raise Corrupt(path, "is not as long as what was written")
        if verify and checksum(path) != expected["crc32"]:
            raise Corrupt(path, "does not match its checksum")


def _columns(folder: Path, values: dict[str, Any]) -> Columns:
    def mapped(name: str) -> Any:
        return np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False)

    coded = (Coded(mapped(name), plain(values[name])) for name in CODED)
    return Columns(mapped("chunk_id"), mapped("uploaded_at"), *coded)
