"""Makes something when it is first asked for, and once only, however many threads ask."""

import threading
from collections.abc import Callable
from functools import cache
from typing import TypeVar

T = TypeVar("T")


def once(make: Callable[[], T]) -> Callable[[], T]:
    """A function that returns what the first call of `make` returned; an error is not remembered."""
    kept = cache(make)
    lock = threading.Lock()

    def get() -> T:
        with lock:
            return kept()

    return get
