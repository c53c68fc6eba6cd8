"""Ends a call from outside: when its time is up, or when nobody waits for it any more.

A blocked read cannot look at a clock. So a thread beside it shuts the socket down, which the read then notices.
"""

import contextlib
import socket
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

import httpx

from infra.llm.errors import TooSlow
from ingest.errors import Stopped

EVERY_S = 0.05
SOCKETS = ("connect_tcp.complete", "start_tls.complete", "connect_unix_socket.complete")

Clock = Callable[[], float]


class Guard:
    """Watches one call.

    Args:
        clock: Seconds, monotonic.
        deadline: When the call must be over, by this clock.
        cancelled: Whether nobody waits any more.
    """

    def __init__(self, clock: Clock, deadline: float, cancelled: Callable[[], bool]) -> None:
        self._clock = clock
        self._deadline = deadline
        self._cancelled = cancelled
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="llm-guard", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()

    @property
    def left_s(self) -> float:
        """Seconds until the deadline, at least a millisecond."""
        return max(0.001, self._deadline - self._clock())

    def check(self) -> None:
        """Raise if the call must end: `Stopped` or `TooSlow`."""
        if self._cancelled():
            raise Stopped
        if self._clock() >= self._deadline:
            raise TooSlow

    def sleep(self, seconds: float) -> None:
        """Wait, but not past the end of the call. Raises as `check` does."""
        end = self._clock() + seconds
        while (left := end - self._clock()) > 0:
            self.check()
            self._over.wait(min(left, EVERY_S))
        self.check()

    def trace(self, event: str, info: dict[str, Any]) -> None:
        """For httpx: takes note of the socket of the connection that the call makes."""
        if not event.endswith(SOCKETS):
            return
        made = info["return_value"].get_extra_info("socket")
        with self._lock:
            self._socket = made if isinstance(made, socket.socket) else None

    def timeouts(self, connect_s: float) -> httpx.Timeout:
        """Time-outs for one request: what is left, and less for connecting."""
        return httpx.Timeout(self.left_s, connect=min(connect_s, self.left_s))

    def _watch(self) -> None:
        while not self._over.wait(EVERY_S):
            if self._cancelled() or self._clock() >= self._deadline:
                self._shut()

    def _shut(self) -> None:
        with self._lock, contextlib.suppress(OSError):
            if self._socket is not None:
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)
