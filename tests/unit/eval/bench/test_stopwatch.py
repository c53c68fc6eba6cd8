import threading
from types import SimpleNamespace

import pytest

from eval.bench.stopwatch import Stopwatch


class Clock:
    """Goes on only when told."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_stage_inside_another_is_counted_once() -> None:
    clock, finished = Clock(), list[dict[str, float]]()
    watch = Stopwatch(clock, finished.append)

    with watch.stage("job"):
        clock.now += 1
        with watch.stage("embed"):
            clock.now += 10
            for _ in range(2):
                with watch.stage("progress"):
                    clock.now += 0.5
        clock.now += 2

    assert finished == [{"progress": 1.0, "embed": 10.0, "job": 3.0}]


def test_each_outermost_stage_is_told_by_itself() -> None:
    clock, finished = Clock(), list[dict[str, float]]()
    watch = Stopwatch(clock, finished.append)

    for seconds in (1, 2):
        with watch.stage("job"):
            clock.now += seconds

    assert finished == [{"job": 1.0}, {"job": 2.0}]


def test_a_stage_that_fails_is_timed_too() -> None:
    clock, finished = Clock(), list[dict[str, float]]()
    watch = Stopwatch(clock, finished.append)

    def fail() -> None:
        clock.now += 4
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"), watch.stage("job"):
        fail()

    assert finished == [{"job": 4.0}]


def test_wrapped_functions_still_work() -> None:
    clock, finished = Clock(), list[dict[str, float]]()

    def double(value: int, *, more: int) -> int:
        clock.now += 1
        return 2 * value + more

    module = SimpleNamespace(double=double)
    Stopwatch(clock, finished.append).wrap(module, "double", "doubling")

    assert module.double(4, more=1) == 9
    assert finished == [{"doubling": 1.0}]


def test_threads_do_not_mix() -> None:
    clock, finished = Clock(), list[dict[str, float]]()
    watch = Stopwatch(clock, finished.append)

    def other() -> None:
        with watch.stage("other"):
            pass

    with watch.stage("job"):
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()

    assert [set(one) for one in finished] == [{"other"}, {"job"}]
