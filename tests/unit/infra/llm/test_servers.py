"""Several servers as one."""

import threading
from collections.abc import Callable

import pytest

from infra.llm.breaker import CircuitBreaker
from infra.llm.errors import Refused, Resting, Unreachable
from tests.unit.infra.llm.asked import drafted, drafting
from tests.unit.infra.llm.model_server import LEAVE, SICK, ModelServerState, Wire, good

CLOSED = "http://127.0.0.1:1"


def status(code: int, **headers: str) -> Callable[[Wire], None]:
    return lambda wire: wire.send(code, b"", **headers)


def test_the_first_server_is_preferred(server: ModelServerState, second: ModelServerState) -> None:
    with drafting(server, second) as drafter:
        drafted(drafter)
        drafted(drafter)
    assert (len(server.bodies), len(second.bodies)) == (2, 0)


@pytest.mark.parametrize("code", [401, 404, 429, 500, 503])
def test_another_server_takes_over_at_once(server: ModelServerState, second: ModelServerState, code: int) -> None:
    server.answering = [status(code, Retry_After="600")]
    with drafting(server, second) as drafter:
        assert drafted(drafter) == [LEAVE, SICK]
    assert len(second.bodies) == 1


def test_a_server_that_is_down_is_no_hindrance(server: ModelServerState) -> None:
    with drafting(CLOSED, server) as drafter:
        assert drafted(drafter) == [LEAVE, SICK]


def test_a_server_that_hangs_leaves_time_for_another(server: ModelServerState, second: ModelServerState) -> None:
    server.answering = [Wire.hang]
    with drafting(server, second, silence_s=0.2) as drafter:
        assert drafted(drafter) == [LEAVE, SICK]


def test_a_server_that_failed_often_is_left_alone(server: ModelServerState, second: ModelServerState) -> None:
    server.answering = [status(500)]
    with drafting(server, second) as drafter:
        for _ in range(10):
            assert drafted(drafter) == [LEAVE, SICK]
    assert len(server.bodies) == 2 * 3  # each of three tries is made in two formats
    assert len(second.bodies) == 10


def test_while_all_are_left_alone_nothing_is_asked(server: ModelServerState) -> None:
    server.answering = [Wire.reset]
    with drafting(server) as drafter:
        with pytest.raises(Unreachable):
            drafted(drafter)
        for _ in range(3):
            with pytest.raises(Resting):
                drafted(drafter)
    assert len(server.bodies) == 3


def test_a_second_reader_goes_to_the_server_with_less_to_do(server: ModelServerState, second: ModelServerState) -> None:
    asked, free = threading.Event(), threading.Event()

    def slow(wire: Wire) -> None:
        asked.set()
        assert free.wait(10)
        good(wire)

    server.answering = [slow]
    with drafting(server, second) as drafter:
        first = threading.Thread(target=drafted, args=(drafter,))
        first.start()
        assert asked.wait(10)
        drafted(drafter)
        free.set()
        first.join()
    assert (len(server.bodies), len(second.bodies)) == (1, 1)


def test_where_every_server_refuses_it_ends(server: ModelServerState, second: ModelServerState) -> None:
    server.answering = second.answering = [status(403)]
    with drafting(server, second) as drafter, pytest.raises(Refused):
        drafted(drafter)
    assert (len(server.bodies), len(second.bodies)) == (1, 1)


def test_a_server_that_got_another_model_is_asked_for_it(server: ModelServerState) -> None:
    with drafting(server, model=None) as drafter:
        drafted(drafter)
        server.models = {"data": [{"id": "new-model"}]}
        server.answering = [lambda wire: good(wire) if wire.body["model"] == "new-model" else wire.send(404, b"")]
        with pytest.raises(Refused):
            drafted(drafter)
        assert drafted(drafter) == [LEAVE, SICK]


class Clock:
    """Time that passes when it is told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_breaker_opens_after_failures_in_a_row() -> None:
    breaker = CircuitBreaker(Clock(), failures=3, rest_s=10.0)
    for outcome in (breaker.failed, breaker.failed, breaker.succeeded, breaker.failed, breaker.failed):
        assert breaker.enter()
        outcome()
    assert breaker.enter()
    breaker.failed()
    assert not breaker.enter()
    assert breaker.waits() == 10.0


def test_after_a_rest_one_call_decides() -> None:
    clock = Clock()
    breaker = CircuitBreaker(clock, failures=1, rest_s=10.0)
    assert breaker.enter()
    breaker.failed()
    clock.now = 10.0
    assert [breaker.enter(), breaker.enter()] == [True, False]
    breaker.failed()
    assert not breaker.enter()
    clock.now = 20.0
    assert breaker.enter()
    breaker.succeeded()
    assert [breaker.enter(), breaker.enter()] == [True, True]


def test_a_call_that_was_left_lets_the_next_one_decide() -> None:
    clock = Clock()
    breaker = CircuitBreaker(clock, failures=1, rest_s=10.0)
    breaker.failed()
    clock.now = 10.0
    assert breaker.enter()
    breaker.left()
    assert breaker.enter()


def test_a_server_that_asks_for_a_rest_has_not_failed() -> None:
    clock = Clock()
    breaker = CircuitBreaker(clock, failures=1, rest_s=10.0)
    breaker.rest(2.0)
    assert (breaker.enter(), breaker.waits()) == (False, 2.0)
    clock.now = 2.0
    assert [breaker.enter(), breaker.enter()] == [True, True]


def test_only_one_of_many_threads_may_try() -> None:
    clock = Clock()
    breaker = CircuitBreaker(clock, failures=1, rest_s=1.0)
    breaker.failed()
    clock.now = 1.0
    entered: list[bool] = []
    threads = [threading.Thread(target=lambda: entered.append(breaker.enter())) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert entered.count(True) == 1
