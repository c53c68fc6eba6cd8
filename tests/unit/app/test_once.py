"""Things that are made once."""

import threading
import time

import pytest

from app.once import once


def test_threads_that_ask_at_once_get_the_same() -> None:
    made: list[object] = []

    def make() -> object:
        time.sleep(0.05)
        made.append(object())
        return made[-1]

    get, got = once(make), []
    threads = [threading.Thread(target=lambda: got.append(get())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 1
    assert got == made * 8


def test_an_error_is_not_remembered() -> None:
    outcomes = iter([ValueError("first"), None])

    def make() -> str:
        if error := next(outcomes):
            raise error
        return "made"

    get = once(make)
    with pytest.raises(ValueError, match="first"):
        get()
    assert get() == "made"
