"""Times stages of a program from outside, by wrapping the functions that are the stages."""

import functools
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


class Stopwatch:
    """Adds up the time that each stage takes by itself: a stage inside another one is not counted twice.

    Args:
        clock: Seconds, monotonic.
        finished: Told the seconds by stage whenever an outermost stage of a thread ends.
    """

    def __init__(
        self,
        clock: Callable[[], float] = time.perf_counter,
        finished: Callable[[dict[str, float]], None] = lambda _: None,
    ) -> None:
        self._clock = clock
        self._finished = finished
        self._running = threading.local()

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time a block as (a part of) a stage."""
        mine = self._running
        outermost = not getattr(mine, "inner", None)
        if outermost:
            mine.inner, mine.seconds = [], {}
        mine.inner.append(0.0)
        begun = self._clock()
        try:
            yield
        finally:
            taken = self._clock() - begun
            mine.seconds[name] = mine.seconds.get(name, 0.0) + taken - mine.inner.pop()
            if outermost:
                self._finished(mine.seconds)
            else:
                mine.inner[-1] += taken

    def wrap(self, owner: Any, function: str, name: str) -> None:
        """Replace a function of a module or class by one that is timed as a stage."""
        plain = getattr(owner, function)

        @functools.wraps(plain)
        def timed(*arguments: Any, **named: Any) -> Any:
            with self.stage(name):
                return plain(*arguments, **named)

        setattr(owner, function, timed)
