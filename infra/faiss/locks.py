"""Locks between processes, which the kernel releases when their holder dies."""

import fcntl
import os
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LOCK_FILE = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC


@contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """Wait for the only right to something. Not reentrant, not even in one thread. Raises: OSError."""
    descriptor = os.open(path, LOCK_FILE, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


@contextmanager
def exclusive_if_free(path: Path) -> Iterator[bool]:
    """The same without waiting; false where somebody else has it. Raises: OSError."""
    descriptor = os.open(path, LOCK_FILE, 0o600)
    try:
        yield _taken(descriptor)
    finally:
        os.close(descriptor)


class Lease:
    """Says that a folder is in use, until this object is gone. Raises: FileNotFoundError."""

    def __init__(self, folder: Path) -> None:
        descriptor = os.open(folder, FOLDER)
        weakref.finalize(self, os.close, descriptor)
        fcntl.flock(descriptor, fcntl.LOCK_SH)


@contextmanager
def unused(folder: Path) -> Iterator[bool]:
    """Has nobody a lease of a folder? Nobody can get one before the context ends. Raises: OSError."""
    descriptor = os.open(folder, FOLDER)
    try:
        yield _taken(descriptor)
    finally:
        os.close(descriptor)


def _taken(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
