"""Kills itself at every step of a change: `crash_process.py TEMPLATE FOLDER ACTION`.

Copies the template to `FOLDER/1`, `FOLDER/2` and so on, makes the change in a process that is killed before its first,
second … call that changes a file (half of a write happens), and stops when the change is complete.
"""

import itertools
import os
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from infra.faiss.index import FaissIndex
from infra.faiss.library import Library
from infra.faiss.settings import FaissSettings
from tests.unit.infra.faiss.samples import DIMENSION, entries, random_vectors

CALLS = ("pwrite", "fsync", "ftruncate", "rename", "replace", "mkdir", "unlink", "rmdir")
ACTIONS: dict[str, Callable[[FaissIndex], object]] = {
    "create": FaissIndex.create,
    "upsert": lambda index: index.upsert(entries(range(5, 15)), random_vectors(10, seed=2)),
    "delete": lambda index: index.delete([1, 2, 3]),
    "delete_document": lambda index: index.delete_document(0),
    "compact": FaissIndex.compact,
    "clear": FaissIndex.clear,
    "drop": FaissIndex.drop,
}


def main(template: Path, folder: Path, action: str) -> None:
    """Say how many steps there were."""
    library = Library()
    for step in itertools.count(1):
        copy = folder / str(step)
        if template.exists():
            shutil.copytree(template, copy)
        child = os.fork()
        if not child:
            index = FaissIndex(copy, DIMENSION, FaissSettings(kind="HNSW"), library)
            arm(itertools.count(1), step)
            ACTIONS[action](index)
            os._exit(0)
        if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0:
            sys.stdout.write(f"{step}\n")
            return


def arm(calls: Iterator[int], last: int) -> None:
    """Let the process die at a call."""

    def deadly(name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            if next(calls) == last:
                if name == "pwrite":
                    real(arguments[0], arguments[1][: len(arguments[1]) // 2], arguments[2])
                os.kill(os.getpid(), signal.SIGKILL)
            return real(*arguments, **options)

        return call

    for name in CALLS:
        setattr(os, name, deadly(name, getattr(os, name)))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
