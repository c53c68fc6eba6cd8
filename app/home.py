"""The folder that holds all state, and the promise that one `footnote up` at a time runs on it."""

import errno
import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ingest.errors import DiskFull, Permanent, Transient

LOCK = "up.lock"
LEAST_FREE_BYTES = 100_000_000
UNUSABLE = "{home} cannot be written to ({reason}). Set FOOTNOTE_HOME to another folder."


class AlreadyRunning(Permanent):
    """Another `footnote up` has this home."""


def prepare(home: Path) -> None:
    """Make the folder and see that it may be written to.

    Raises:
        Permanent: It may not. DiskFull: There is no space for a folder.
    """
    try:
        (home / "logs").mkdir(parents=True, exist_ok=True)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DiskFull from error
        raise Permanent(UNUSABLE.format(home=home, reason=error.strerror)) from error
    if not os.access(home, os.W_OK | os.X_OK):
        raise Permanent(UNUSABLE.format(home=home, reason="permission denied"))


def check_space(home: Path) -> None:
    """See that there is space to work with.

    Raises:
        DiskFull: There is hardly any left.
    """
    if shutil.disk_usage(home).free < LEAST_FREE_BYTES:
        raise DiskFull(f"The disk is full: less than 100 MB are free in {home}. Free some space and try again.")


@contextmanager
def only_one(home: Path, address: str) -> Iterator[None]:
    """Hold the home for this process, and leave the address for a second one to name.

    Raises:
        AlreadyRunning: With the address of the one that runs.
    """
    descriptor = os.open(home / LOCK, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            running = os.read(descriptor, 1000).decode(errors="replace").strip()
            raise AlreadyRunning(f"Footnote is already running on {home}: {running or 'starting'}") from None
        try:
            os.ftruncate(descriptor, 0)
            os.write(descriptor, address.encode())
        except OSError as error:
            raise Transient(f"{home / LOCK} cannot be written: {error.strerror}.") from error
        yield
        os.ftruncate(descriptor, 0)
    finally:
        os.close(descriptor)
