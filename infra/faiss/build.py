"""Writes a new base from what an index holds."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from infra.faiss.base import BLOCK, FAST, FLAT, FORMAT, MANIFEST
from infra.faiss.columns import CODED, Columns
from infra.faiss.files import Output, write_sealed, written
from infra.faiss.library import Index, Library, Rows
from infra.faiss.settings import FaissSettings, Kind
from infra.faiss.state import State
from ingest.ports import Vectors


@dataclass(frozen=True, slots=True, eq=False)
class Content:
    """All live rows of a state in the order of their chunk ids."""

    state: State
    columns: Columns
    order: Rows

    @classmethod
    def of(cls, state: State) -> "Content":
        """Places above the base's live rows are those of the delta."""
        base = state.base.columns.take(state.live)
        both = Columns.joined([base, state.delta.columns])
        order = np.argsort(both.chunk_id)
        places = np.concatenate([np.flatnonzero(state.live), len(state.live) + np.arange(len(state.delta.columns))])
        return cls(state, both.take(order), places[order])

    def __len__(self) -> int:
        return len(self.order)

    def vectors(self, places: Rows) -> Vectors:
        """The vectors at some places as float32, shape (places, dimension)."""
        found = np.empty((len(places), self.state.delta.vectors.shape[1]), dtype=np.float32)
        new = places >= len(self.state.base)
        found[~new] = self.state.base.vectors(places[~new])
        found[new] = self.state.delta.vectors[places[new] - len(self.state.base)]
        return found

    def blocks(self) -> Iterator[Vectors]:
        """All vectors, in order."""
        for start in range(0, len(self), BLOCK):
            yield self.vectors(self.order[start : start + BLOCK])

    def sample(self, count: int) -> Vectors:
        """Evenly spread vectors, always the same ones."""
        return self.vectors(self.order[np.linspace(0, len(self) - 1, count).astype(np.int64)])


class Build:
    """Writes the files of a base into a folder, the manifest last.

    Args:
        folder: Empty.
        library: FAISS.
        settings: How to index.
    """

    def __init__(self, folder: Path, library: Library, settings: FaissSettings) -> None:
        self._folder, self._library, self._settings = folder, library, settings
        self._files: dict[str, dict[str, int]] = {}

    def write(self, content: Content, dimension: int) -> None:
        """Raises: OSError, MemoryError, RuntimeError: as the system and FAISS do."""
        self._library.use_threads(self._settings.build_threads)
        kind = self._settings.built(len(content))
        if len(content):
            self._write_columns(content.columns)
            self._write_index(FLAT, self._library.flat(dimension), content)
        if kind != "exact":
            self._write_index(FAST, self._trained(kind, content, dimension), content)
        self._write_manifest(kind, content.columns, dimension)

    def empty(self, dimension: int) -> None:
        """Write a base without rows. Raises: OSError."""
        self._write_manifest("exact", Columns.of(()), dimension)

    def _write_columns(self, columns: Columns) -> None:
        for name in ("chunk_id", "uploaded_at", *CODED):
            column = getattr(columns, name)
            array = np.ascontiguousarray(column.codes if name in CODED else column)
            self._write(f"{name}.npy", partial(_save, array))

    def _trained(self, kind: Kind, content: Content, dimension: int) -> Index:
        settings = self._settings
        if kind == "HNSW":
            return self._library.graph(dimension, settings.links, settings.ef_construction)
        index = self._library.cells(dimension, settings.cells(len(content)), settings.parts(dimension))
        index.train(content.sample(settings.sample(len(content))))
        return index

    def _write_index(self, name: str, index: Index, content: Content) -> None:
        for block in content.blocks():
            index.add(block)
        self._write(name, lambda output: self._library.write(index, output.write))

    def _write_manifest(self, kind: Kind, columns: Columns, dimension: int) -> None:
        values = {name: getattr(columns, name).values for name in CODED}
        manifest = {"format": FORMAT, "kind": kind, "rows": len(columns), "dimension": dimension}
        write_sealed(self._folder / MANIFEST, {**manifest, "values": values, "files": self._files})

    def _write(self, name: str, fill: Callable[[Output], object]) -> None:
        with written(self._folder / name) as output:
            fill(output)
        self._files[name] = {"bytes": output.size, "crc32": output.checksum}


def _save(array: NDArray[Any], output: Output) -> None:
    np.lib.format.write_array(output, array, allow_pickle=False)
