"""All that is used of FAISS, with types: it has none that can be relied on, and may not be installed."""

import logging
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from infra.faiss.errors import NEEDS_FAISS
from ingest.errors import Permanent
from ingest.ports import Vectors

Mask = NDArray[np.bool_]
Rows = NDArray[np.int64]
Parameters = Any


class Index(Protocol):
    """An index of FAISS."""

    ntotal: int

    def train(self, vectors: Vectors) -> None:
        """Learn from float32 vectors of shape (n, dimension)."""
        ...

    def add(self, vectors: Vectors) -> None:
        """Append float32 vectors of shape (n, dimension)."""
        ...

    def search(self, queries: Vectors, k: int, *, params: Parameters = None) -> tuple[Vectors, Rows]:
        """Inner products and rows, each of shape (queries, k), best first; row -1 where nothing was found."""
        ...


class Library:
    """The package itself. Raises: Permanent: It is not installed."""

    def __init__(self) -> None:
        logging.getLogger("faiss").setLevel(logging.WARNING)  # it tells which builds of itself it does not find
        try:
            self._faiss: Any = import_module("faiss")
        except ImportError as error:
            raise Permanent(NEEDS_FAISS) from error

    def use_threads(self, count: int) -> None:
        """How many threads calls from this thread use."""
        self._faiss.omp_set_num_threads(count)

    def flat(self, dimension: int) -> Index:
        """Compares with every vector, kept as float16."""
        index: Index = self._faiss.IndexScalarQuantizer(
            dimension, self._faiss.ScalarQuantizer.QT_fp16, self._faiss.METRIC_INNER_PRODUCT
        )
        return index

    def graph(self, dimension: int, links: int, ef_construction: int) -> Index:
        """HNSW over float16 vectors."""
        index = self._faiss.index_factory(dimension, f"HNSW{links},SQfp16", self._faiss.METRIC_INNER_PRODUCT)
        index.hnsw.efConstruction = ef_construction
        made: Index = index
        return made

    def cells(self, dimension: int, nlist: int, parts: int) -> Index:
        """IVF-PQ. `np` spares polysemous training, which takes minutes and is not used."""
        made: Index = self._faiss.index_factory(dimension, f"IVF{nlist},PQ{parts}np", self._faiss.METRIC_INNER_PRODUCT)
        return made

    def write(self, index: Index, put: Callable[[bytes], object]) -> None:
        """Hand over an index piece by piece, a graph without its vectors. Raises: what `put` raises."""
        writer = self._faiss.PyCallbackIOWriter(put)
        self._faiss.write_index(index, writer, self._faiss.IO_FLAG_SKIP_STORAGE)

    def read(self, path: Path) -> Index:
        """Map an index into memory; a graph needs `attach`. The file was checked: FAISS trusts what it reads.

        `IO_FLAG_MMAP_IFC` maps arrays as they are; `IO_FLAG_MMAP` would read cells in a way that makes searches ten
        times slower.
        """
        flags = self._faiss.IO_FLAG_MMAP_IFC | self._faiss.IO_FLAG_SKIP_STORAGE
        index: Index = self._faiss.read_index(str(path), flags)
        return index

    def attach(self, graph: Index, flat: Index) -> None:
        """Give a graph that was read its vectors."""
        changed: Any = graph
        changed.storage, changed.own_fields = flat, False
        changed.referenced_objects = [flat]

    def vectors(self, flat: Index, dimension: int) -> NDArray[np.uint8]:
        """What a flat index maps: little-endian float16 numbers as bytes, shape (n, 2 × dimension), read-only.

        They are bytes because they need not lie at an even address. The array lives as long as the index.
        """
        index: Any = flat
        count = index.ntotal
        codes: NDArray[np.uint8] = self._faiss.rev_swig_ptr(index.codes.data(), count * 2 * dimension)
        codes.flags.writeable = False
        return codes.reshape(count, 2 * dimension)

    def parameters(self, kind: str, mask: Mask | None, *, ef: int = 0, nprobe: int = 0) -> Parameters:
        """Parameters of one search in an index of a kind, limited to the rows of a mask."""
        limit = {} if mask is None else {"sel": self._faiss.IDSelectorBitmap(np.packbits(mask, bitorder="little"))}
        if kind == "HNSW":
            return self._faiss.SearchParametersHNSW(efSearch=ef, **limit)
        if kind == "IVF-PQ":
            return self._faiss.SearchParametersIVF(nprobe=nprobe, **limit)
        return self._faiss.SearchParameters(**limit)

    def gpus(self) -> int:
        """How many GPUs can be used."""
        return int(getattr(self._faiss, "get_num_gpus", int)())

    def on_gpu(self, kind: str, index: Index, dimension: int, blocks: Callable[[], Any]) -> Index:
        """A copy of an index on the first GPU.

        Args:
            kind: Of the index.
            index: To be copied; a flat one is built anew, for FAISS has no flat float16 index to copy from.
            dimension: Of the vectors.
            blocks: Float32 vectors in order.

        Raises:
            RuntimeError: There is not enough memory on it, or it cannot hold such an index.
        """
        options = self._faiss.GpuClonerOptions()
        options.useFloat16LookupTables = True
        source = index
        if kind == "exact":
            source = self._faiss.IndexFlatIP(dimension)
            for block in blocks():
                source.add(block)
        resources = self._faiss.StandardGpuResources()
        clone = self._faiss.index_cpu_to_gpu(resources, 0, source, options)
        clone.referenced_objects = [resources]
        copied: Index = clone
        return copied
