"""Whether anybody still looks at a page."""

from collections.abc import Callable
from dataclasses import dataclass

GRACE_S = 10.0


@dataclass(slots=True)
class Watching:
    """True while a session is there, and for ten seconds after, since browsers lose their connection and come back.

    Attributes:
        there: Whether the session is connected now.
        clock: Seconds, monotonic.
        grace_s: How long it may be away.
    """

    there: Callable[[], bool]
    clock: Callable[[], float]
    grace_s: float = GRACE_S
    _seen: float | None = None

    def __call__(self) -> bool:
        """Whether somebody looks, or will soon do so again."""
        now = self.clock()
        if self._seen is None or self.there():
            self._seen = now
        return now - self._seen < self.grace_s
