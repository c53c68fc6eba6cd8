"""The folder of an index: one generation is current, older and unfinished ones are waste.

current               names the current generation and the dimension of its vectors
generation-000007/    an immutable base, and the journal of what happened since
building/             a generation that is being written; only with build.lock
beginning/            an empty one; only with write.lock
write.lock            held while a journal is written, or generations are exchanged
build.lock            held while a base is built, or waste is removed
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from infra.faiss.errors import Corrupt, Gone
from infra.faiss.files import read_sealed, sync_folder, write_sealed
from infra.faiss.locks import exclusive, exclusive_if_free, unused

GENERATION = "generation-"


@dataclass(frozen=True, slots=True)
class Pointer:
    """Which generation is current, and the dimension of its vectors; 0 where the index was removed."""

    number: int
    dimension: int

    @property
    def name(self) -> str:
        """Of the generation's folder."""
        return f"{GENERATION}{self.number:06d}"


class IndexFolder:
    """Knows where things are, and exchanges generations.

    Args:
        root: The folder; made when something is written.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._current = root / "current"

    def current(self) -> Pointer:
        """Raises: Gone: There is no index. Corrupt: It cannot be told which generation is current."""
        pointer = self._pointer()
        if not pointer.dimension:
            raise Gone
        return pointer

    def path(self, pointer: Pointer) -> Path:
        """The folder of a generation."""
        return self.root / pointer.name

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Wait for the right to write. Not reentrant. Raises: OSError."""
        self._make()
        with exclusive(self.root / "write.lock"):
            yield

    @contextmanager
    def building(self) -> Iterator[Path | None]:
        """An empty folder to build a generation in, then all waste is removed; `None` while somebody else builds.

        Raises:
            OSError: It cannot be made.
        """
        self._make()
        with exclusive_if_free(self.root / "build.lock") as free:
            if not free:
                yield None
                return
            try:
                yield _emptied(self.root / "building")
            finally:
                self._remove_waste()

    def beginning(self) -> Path:
        """An empty folder for a generation without a base; only while writing. Raises: OSError."""
        return _emptied(self.root / "beginning")

    def publish(self, complete: Path, dimension: int) -> None:
        """Make a complete generation the current one; only while writing. Raises: OSError."""
        pointer = Pointer(self._next_number(), dimension)
        sync_folder(complete)
        final = self.path(pointer)
        if final.exists():  # a crash has left it before it became current
            shutil.rmtree(final)
        complete.rename(final)
        sync_folder(self.root)
        self._point(pointer)

    def remove(self) -> None:
        """Remove the index; only while writing. Raises: OSError."""
        self._point(Pointer(self._next_number(), 0))

    @property
    def removed(self) -> bool:
        """Was there an index that was removed? Raises: OSError, Corrupt."""
        pointer = self._pointer()
        return pointer.number > 0 and not pointer.dimension

    def erase(self) -> None:
        """Remove the folder of an index that was removed, unless somebody still reads it. Raises: OSError."""
        self.sweep()
        if not any(self._generations()):
            shutil.rmtree(self.root)

    def sweep(self) -> None:
        """Remove what nobody needs, unless a base is being built. Raises: OSError."""
        with exclusive_if_free(self.root / "build.lock") as free:
            if free:
                self._remove_waste()

    def _make(self) -> None:
        if not self.root.is_dir():
            self.root.mkdir(parents=True, exist_ok=True, mode=0o700)
            sync_folder(self.root.parent)

    def _pointer(self) -> Pointer:
        try:
            content = read_sealed(self._current)
        except FileNotFoundError as error:
            if self._lost():
                raise Corrupt(self._current, "is missing") from error
            return Pointer(0, 0)
        return Pointer(content["number"], content["dimension"])

    def _point(self, pointer: Pointer) -> None:
        write_sealed(self._current, {"number": pointer.number, "dimension": pointer.dimension})

    def _next_number(self) -> int:
        """Never used before, so that nobody takes a new generation for one that he has open."""
        try:
            return self._pointer().number + 1
        except Corrupt:
            return max((_number(one) for one in self._generations()), default=0) + 1

    def _lost(self) -> bool:
        """Do generations lie here that were current? The first one, still empty, may be left by a crash."""
        journals = [one / "journal" for one in self._generations()]
        return any(_number(one.parent) > 1 or (one.is_file() and one.stat().st_size) for one in journals)

    def _generations(self) -> Iterator[Path]:
        return (one for one in self.root.glob(f"{GENERATION}*") if _number(one))

    def _remove_waste(self) -> None:
        """Older generations that nobody has open, and unfinished ones; only with the lock of builders."""
        shutil.rmtree(self.root / "building", ignore_errors=True)
        with suppress(Corrupt):
            current = self._pointer()
            for one in self._generations():
                if _number(one) < current.number:
                    _remove_unused(one)


def _number(generation: Path) -> int:
    digits = generation.name.removeprefix(GENERATION)
    return int(digits) if digits.isdigit() else 0


def _emptied(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    return folder


def _remove_unused(folder: Path) -> None:
    with suppress(OSError), unused(folder) as free:
        if free:
            shutil.rmtree(folder)
