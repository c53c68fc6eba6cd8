"""Counts the processes that use an embedded server, by locks that the kernel releases when a process dies."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

GATE = "gate.lock"
USERS = "users.lock"


class Presence:
    """A shared lock on `users.lock` says "I use the server"; starting and stopping it happen behind `gate.lock`.

    A process that was killed leaves no trace, and a process number that is used again cannot confuse anybody.

    Args:
        folder: Where the two lock files lie; it exists.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._users: int | None = None

    @contextmanager
    def gate(self) -> Iterator[None]:
        """Wait for the right to start or stop the server."""
        descriptor = _opened(self._folder / GATE)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def enter(self) -> None:
        """Be counted; call it behind the gate."""
        self._users = _opened(self._folder / USERS)
        fcntl.flock(self._users, fcntl.LOCK_SH)

    def leave(self) -> bool:
        """Be counted no longer; call it behind the gate. True when nobody is left."""
        if self._users is None:
            return False
        try:
            fcntl.flock(self._users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        else:
            return True
        finally:
            os.close(self._users)
            self._users = None


def _opened(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
