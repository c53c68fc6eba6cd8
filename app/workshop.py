"""What a worker process does."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Workshop:
    """Runs the ingest queue.

    Attributes:
        run: Works until stopped; with `True` until no job is left.
        stop: Makes `run` in another thread return within seconds.
    """

    run: Callable[[bool], None]
    stop: Callable[[], None] = lambda: None
