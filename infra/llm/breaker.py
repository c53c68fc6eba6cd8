"""Leaves a server alone that has failed several times in a row."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

Clock = Callable[[], float]


@dataclass(slots=True)
class CircuitBreaker:
    """Closed: calls pass. After `failures` in a row open: none passes for `rest_s`. Then one may try; it decides.

    Attributes:
        clock: Seconds, monotonic.
        failures: Failures in a row that open it.
        rest_s: Seconds that it stays open.
    """

    clock: Clock
    failures: int = 3
    rest_s: float = 10.0
    _failed: int = 0
    _until: float = 0.0
    _trying: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def waits(self) -> float:
        """Seconds until a call may pass; 0 where one may now."""
        with self._lock:
            left = max(0.0, self._until - self.clock())
            return left if left or not self._trying else self.rest_s

    def enter(self) -> bool:
        """Whether this call may pass. Who passes says how it went: `succeeded`, `failed`, `rest` or `left`."""
        with self._lock:
            if self.clock() < self._until:
                return False
            if self._failed < self.failures:
                return True
            first, self._trying = not self._trying, True
            return first

    def succeeded(self) -> None:
        """The server did what it was asked."""
        with self._lock:
            self._failed, self._until, self._trying = 0, 0.0, False

    def failed(self) -> None:
        """The server failed."""
        with self._lock:
            self._failed += 1
            self._trying = False
            if self._failed >= self.failures:
                self._until = self.clock() + self.rest_s

    def rest(self, seconds: float) -> None:
        """The server is well, but wants to be left alone for a while."""
        with self._lock:
            self._trying = False
            self._until = max(self._until, self.clock() + seconds)

    def left(self) -> None:
        """The call ended without saying anything about the server."""
        with self._lock:
            self._trying = False
