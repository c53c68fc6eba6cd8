"""The GPU, where there is one: a copy of a base's index that searches all rows.

FAISS' GPU indexes take no filter (some versions ignore it silently), so a search there asks for as many more rows as
are left out, and drops these: the result is the same. Where too many are left out, the CPU searches.
"""

import logging
import threading

from infra.faiss.base import Base
from infra.faiss.library import Index, Library, Parameters, Rows
from ingest.ports import Vectors

logger = logging.getLogger(__name__)

MOST_HITS = 2_048
MOST_CELLS = 2_048


class Gpu:
    """Copies bases to the first GPU and searches them there; says once why it does not.

    Args:
        library: FAISS.
        wanted: Use a GPU where there is one.
    """

    def __init__(self, library: Library, wanted: bool) -> None:
        self._library, self._wanted = library, wanted
        self._base: Base | None = None
        self._copy: Index | None = None
        # One search at a time: the copies share the GPU's scratch memory.
        self._lock = threading.Lock()

    @property
    def used(self) -> bool:
        """Is there a copy to search?"""
        return self._copy is not None

    def hold(self, base: Base) -> None:
        """Copy a base, in the place of the one before."""
        with self._lock:
            if not self._wanted or base is self._base:
                return
            self._base, self._copy = base, None
            if not self._library.gpus():
                self._give_up("there is no GPU that FAISS can use")
            elif base.flat is not None and base.kind != "HNSW":
                try:
                    self._copy = self._library.on_gpu(
                        base.kind, base.fast or base.flat, base.pointer.dimension, base.blocks
                    )
                except RuntimeError as error:
                    self._give_up(str(error))

    def search(self, base: Base, query: Vectors, k: int, nprobe: int) -> tuple[Vectors, Rows] | None:
        """Inner products and rows, best first; `None` where the CPU must search.

        Args:
            base: To search.
            query: float32 array of shape (1, dimension).
            k: How many rows of all, not only of those admitted.
            nprobe: How many cells to read.
        """
        with self._lock:
            if self._copy is None or base is not self._base or k > MOST_HITS:
                return None
            try:
                return self._copy.search(query, k, params=self._parameters(base, nprobe))
            except RuntimeError as error:
                self._give_up(str(error))
                return None

    def release(self) -> None:
        """Let go of the base and its copy."""
        with self._lock:
            self._base = self._copy = None

    def _parameters(self, base: Base, nprobe: int) -> Parameters:
        if base.kind != "IVF-PQ":
            return None
        return self._library.parameters(base.kind, None, nprobe=min(nprobe, MOST_CELLS))

    def _give_up(self, reason: str) -> None:
        self._wanted, self._base, self._copy = False, None, None
        logger.info("FAISS searches on the CPU", extra={"reason": reason})
