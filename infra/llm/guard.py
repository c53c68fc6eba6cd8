"""Ends a call from outside: when its time is up, or when nobody waits for it any more.

A blocked read cannot look at a clock. So another thread shuts the socket down, which the read then notices.
"""

import contextlib
import socket
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

from infra.llm.errors import TooSlow
from ingest.errors import Stopped

EVERY_S = 0.05
SOCKETS = ("connect_tcp.complete", "start_tls.complete", "connect_unix_socket.complete")

Clock = Callable[[], float]


class Watcher:
    """Looks at all calls that are under way, from one thread that lives as long as there are any."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._guards: set[Guard] = set()
        self._thread: threading.Thread | None = None

    def add(self, guard: "Guard") -> None:
        """Look at this call, too."""
        with self._lock:
            self._guards.add(guard)
            if self._thread is None:
                self._thread = threading.Thread(target=self._watch, name="llm-watcher", daemon=True)
                self._thread.start()

    def remove(self, guard: "Guard") -> None:
        """The call is over."""
        with self._lock:
            self._guards.discard(guard)

    def _watch(self) -> None:
        while True:
            time.sleep(EVERY_S)
            with self._lock:
                guards = tuple(self._guards)
                if not guards:
                    self._thread = None
                    return
            for guard in guards:
                guard.look()


class Guard:
    """Watches one call.

    Args:
        watcher: Looks at it while it is entered.
        clock: Seconds, monotonic.
        deadline: When the call must be over, by this clock.
        cancelled: Whether nobody waits any more.
    """

    def __init__(self, watcher: Watcher, clock: Clock, deadline: float, cancelled: Callable[[], bool]) -> None:
        self._watcher = watcher
        self._clock = clock
        self._deadline = deadline
        self._cancelled = cancelled
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None
        self._over = threading.Event()

    def __enter__(self) -> Self:
        self._watcher.add(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._lock:
            self._over.set()
        self._watcher.remove(self)

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

    def look(self) -> None:
        """Shut the call's connection down, if the call must end."""
        if not self._cancelled() and self._clock() < self._deadline:
            return
        with self._lock, contextlib.suppress(OSError):
            if self._socket is not None and not self._over.is_set():
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)
