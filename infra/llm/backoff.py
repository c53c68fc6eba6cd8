"""How long to wait before the next try."""

from collections.abc import Callable
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

Random = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Backoff:
    """Exponential, with full jitter (Brooker, 2015: Exponential Backoff and Jitter).

    Attributes:
        random: Draws from [0, 1).
        first_s: Longest wait before the second try.
        most_s: Longest wait at all.
    """

    random: Random
    first_s: float = 0.25
    most_s: float = 8.0

    def delay(self, tries: int, asked_s: float | None = None) -> float:
        """Seconds to wait after so many tries; never less than the server asked for."""
        drawn = self.random() * min(self.most_s, self.first_s * 2.0 ** (tries - 1))
        return max(drawn, asked_s or 0.0)


def retry_after(value: str | None, now: float) -> float | None:
    """Seconds that a `Retry-After` header asks for (RFC 9110, 10.2.3); `None` where it cannot be read.

    Args:
        value: The header: seconds, or an HTTP date.
        now: The time, in seconds since 1970.
    """
    if value is None:
        return None
    try:
        return max(0.0, float(value))
    except ValueError:
        pass
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - now)
    except ValueError:
        return None
