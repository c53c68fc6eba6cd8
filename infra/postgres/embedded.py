"""The embedded server of a home: shared by all its processes, started by the first, stopped by the last."""

import logging
import shutil
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path

from infra.postgres.account import server_account
from infra.postgres.cluster import SOCKET, Cluster, NotYet
from infra.postgres.presence import Presence

logger = logging.getLogger(__name__)

PATIENCE_S = 60.0
# One segment of the write-ahead log.
LEAST_FREE_BYTES = 16 * 1024 * 1024


class EmbeddedServer:
    """Uses the server of a folder, started where it does not run. It listens on a Unix socket only.

    Args:
        folder: Holds its data, log and locks; made when it is absent.
        clock: Seconds, monotonic.
        sleep: Waits a number of seconds.

    Raises:
        Transient: It does not start. DiskFull: There is no space for it. Permanent: It can never start like this.
    """

    def __init__(
        self, folder: Path, clock: Callable[[], float] = time.monotonic, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._cluster = Cluster(folder.resolve(), server_account())
        self._presence = Presence(folder)
        self._clock, self._sleep = clock, sleep
        self._closing = threading.Lock()
        with self._presence.gate():
            self._presence.enter()
            try:
                self._cluster.make()
                self._start()
            except BaseException:
                self._leave()
                raise

    @property
    def url(self) -> str:
        """Connection string."""
        return self._cluster.url

    def answers(self) -> bool:
        """Does a server listen on the socket?"""
        with socket.socket(socket.AF_UNIX) as probe:
            try:
                probe.connect(str(self._cluster.socket_folder / SOCKET))
            except OSError:
                return False
        return True

    def is_full(self) -> bool:
        """Is there too little space to write?"""
        return shutil.disk_usage(self._cluster.folder).free < LEAST_FREE_BYTES

    def revive(self) -> None:
        """Start the server again when it has died. Raises: as the constructor."""
        with self._presence.gate():
            self._start()

    def close(self) -> None:
        """Let go; the last process to do so stops the server. A second call does nothing."""
        with self._closing, self._presence.gate():
            self._leave()

    def _start(self) -> None:
        deadline = self._clock() + PATIENCE_S
        while not self.answers():
            try:
                self._cluster.start()
            except NotYet:
                if self._clock() > deadline:
                    raise
                self._sleep(0.2)

    def _leave(self) -> None:
        if self._presence.leave():
            self._cluster.stop()
