"""Milvus Lite's server of a folder: shared by all processes, started by the first, ended when none is left.

Milvus Lite gives a folder to one process only. Its server therefore runs as a process of its own, which listens on a
Unix socket that only this user may open.
"""

import errno
import hashlib
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from infra.milvus import lite_process
from infra.milvus.errors import NEEDS_LITE
from infra.postgres.presence import Presence
from ingest.errors import DiskFull, Permanent, Transient

PATIENCE_S = 60.0
OTHER_S = 15.0
LOOK_S = 0.2
LONGEST_SOCKET_PATH = 100
PLAIN_PATH = re.compile(r"[A-Za-z0-9/._-]+")
SOCKET = "milvus.sock"
LARGEST_LOG = 5_000_000


class InUse(Transient):
    """Another server has the data."""


class LiteServer:
    """Uses the server of a folder, started where it does not run.

    Args:
        folder: Holds its data, log and locks; made when it is absent.

    Raises:
        Transient: It does not start. DiskFull: There is no space for it. Permanent: milvus-lite is not installed, or
            the folder cannot be written to.
    """

    def __init__(self, folder: Path) -> None:
        if not find_spec("milvus_lite"):
            raise Permanent(NEEDS_LITE)
        with _usable(folder):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._folder = folder.resolve()
            self._socket = _socket_path(self._folder)
            self._presence = Presence(self._folder)
            with self._presence.gate():
                self._presence.enter()
                try:
                    self._start()
                except BaseException:
                    self._presence.leave()
                    raise

    @property
    def uri(self) -> str:
        """The same after a restart."""
        return f"unix:{self._socket}"

    def answers(self) -> bool:
        """Does a server listen on the socket?"""
        with socket.socket(socket.AF_UNIX) as probe:
            try:
                probe.connect(str(self._socket))
            except OSError:
                return False
        return True

    def revive(self) -> None:
        """Start the server again when it has died. Raises: as the constructor."""
        with self._presence.gate():
            self._start()

    def close(self) -> None:
        """Let go. The server ends by itself once nobody uses it. A second call does nothing."""
        with self._presence.gate():
            self._presence.leave()

    def _start(self) -> None:
        """A server that is on its way, because whoever started it was killed, is waited for."""
        deadline = time.monotonic() + OTHER_S
        while not self.answers():
            try:
                self._launch()
            except InUse:
                if time.monotonic() > deadline:
                    raise
                time.sleep(LOOK_S)

    def _launch(self) -> None:
        log = self._folder / "server.log"
        if log.exists() and log.stat().st_size > LARGEST_LOG:
            log.replace(log.with_suffix(".log.1"))
        log.touch(mode=0o600)
        with log.open("a") as written:
            known = written.tell()
            try:
                started = subprocess.run(
                    [sys.executable, "-P", lite_process.__file__, str(self._folder), str(self._socket)],
                    stdin=subprocess.DEVNULL,
                    stdout=written,
                    stderr=written,
                    cwd=self._folder,
                    timeout=PATIENCE_S,
                    start_new_session=True,
                    check=False,
                )
            except subprocess.TimeoutExpired as error:
                raise _explained(log, known) from error
        if started.returncode:
            raise _explained(log, known)


@contextmanager
def _usable(folder: Path) -> Iterator[None]:
    """Raises: DiskFull: There is no space. Permanent: Nothing can be written there."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DiskFull from error
        raise Permanent(f"The folder {folder} cannot be used for Milvus Lite: {error.strerror}.") from error


def _socket_path(folder: Path) -> Path:
    """In the folder, or a short path where that one is too long for a socket or no plain text for gRPC."""
    wished = folder / SOCKET
    if len(os.fsencode(wished)) <= LONGEST_SOCKET_PATH and PLAIN_PATH.fullmatch(str(wished)):
        return wished
    name = "footnote-" + hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]
    short = Path(tempfile.gettempdir()) / name
    if len(os.fsencode(short / SOCKET)) > LONGEST_SOCKET_PATH:
        short = Path("/tmp") / name
    short.mkdir(mode=0o700, exist_ok=True)
    found = short.lstat()
    if short.is_symlink() or found.st_uid != os.geteuid() or found.st_mode & 0o077:
        raise Permanent(f"{short} belongs to somebody else. Set FOOTNOTE_HOME to a shorter path.")
    return short / SOCKET


def _explained(log: Path, known: int) -> Exception:
    with log.open(errors="replace") as lines:
        lines.seek(known)
        said = lines.read()
    if "No space left on device" in said:
        return DiskFull()
    if "DataDirLockedError" in said:
        return InUse(f"Another program uses the Milvus Lite data in {log.parent}. Close it and try again.")
    reason = (said.strip().splitlines() or ["no answer in time"])[-1]
    return Transient(f"Milvus Lite did not start: {reason} (its log: {log})")
