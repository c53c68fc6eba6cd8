"""What becomes of an answer when the model's server misbehaves: a real server, real sockets."""

import threading
import time
from collections.abc import Callable

import pytest

from generation.model import DraftSentence
from infra.llm.errors import (
    BrokenOff,
    Busy,
    CutOff,
    ModelServerAway,
    PromptTooLong,
    Refused,
    ServerFault,
    TooSlow,
    Unreachable,
    Unusable,
)
from ingest.errors import Stopped
from tests.unit.infra.llm.asked import EVIDENCE, drafted, drafting
from tests.unit.infra.llm.model_server import GOOD, LEAVE, SICK, ModelServerState, Wire, as_reply, good

HALF = GOOD[: GOOD.index("}") + 1]


def status(code: int, value: object = b"", **headers: str) -> Callable[[Wire], None]:
    return lambda wire: wire.send(code, value, **headers)


def streamed(text: str, reason: str = "stop") -> Callable[[Wire], None]:
    return lambda wire: wire.stream(text, reason)


def hang(wire: Wire) -> None:
    wire.hang()


def half_then(then: Callable[[Wire], None]) -> Callable[[Wire], None]:
    def answering(wire: Wire) -> None:
        wire.begin()
        wire.say(HALF)
        then(wire)

    return answering


def test_a_good_reply_is_streamed(server: ModelServerState) -> None:
    with drafting(server) as drafter:
        assert drafted(drafter) == [LEAVE, SICK]
    (body,) = server.bodies
    assert (body["stream"], body["stream_options"]) == (True, {"include_usage": True})


def test_a_sentence_comes_before_the_rest_is_written(server: ModelServerState) -> None:
    written = threading.Event()

    def waiting(wire: Wire) -> None:
        wire.begin()
        wire.say(HALF)
        assert written.wait(10)
        wire.say(GOOD[len(HALF) :])
        wire.end()

    server.answering = [waiting]
    with drafting(server) as drafter:
        sentences = drafter.draft("How many days?", EVIDENCE)
        assert next(sentences) == LEAVE
        written.set()
        assert list(sentences) == [SICK]


def test_a_server_that_hangs_is_given_up_and_let_go(server: ModelServerState) -> None:
    server.answering = [hang]
    with drafting(server, timeout_s=0.3) as drafter, pytest.raises(TooSlow):
        drafted(drafter)
    assert server.left.wait(10)


def test_a_server_that_falls_silent_is_given_up(server: ModelServerState) -> None:
    server.answering = [half_then(hang)]
    with drafting(server, silence_s=0.2) as drafter, pytest.raises(TooSlow):
        drafted(drafter)
    assert server.left.wait(10)


def test_a_slow_drip_does_not_last_for_ever(server: ModelServerState) -> None:
    def drip(wire: Wire) -> None:
        wire.begin()
        while not server.ended.wait(0.02):
            wire.say(" ")

    server.answering = [drip]
    with drafting(server, timeout_s=0.4) as drafter, pytest.raises(TooSlow):
        drafted(drafter)


def test_comments_that_keep_a_connection_alive_are_no_answer(server: ModelServerState) -> None:
    def pings(wire: Wire) -> None:
        wire.begin()
        while not server.ended.wait(0.02):
            wire.handler.wfile.write(b": ping\n\n")

    server.answering = [pings]
    with drafting(server, timeout_s=0.4) as drafter, pytest.raises(TooSlow):
        drafted(drafter)


@pytest.mark.parametrize("broken", [half_then(Wire.reset), half_then(lambda _: None)])
def test_a_reply_that_breaks_off_is_told(server: ModelServerState, broken: Callable[[Wire], None]) -> None:
    server.answering = [broken]
    with drafting(server) as drafter, pytest.raises(BrokenOff, match="in the middle"):
        drafted(drafter)


@pytest.mark.parametrize("broken", [Wire.reset, lambda _: None])
def test_a_connection_that_breaks_is_told(server: ModelServerState, broken: Callable[[Wire], None]) -> None:
    server.answering = [broken]
    with drafting(server) as drafter, pytest.raises(Unreachable, match="no connection"):
        drafted(drafter)


def test_a_break_before_the_first_sentence_is_tried_again(server: ModelServerState) -> None:
    def breaking(wire: Wire) -> None:
        wire.begin()
        wire.say(GOOD[:20])
        wire.reset()

    server.answering = [breaking, breaking, good]
    with drafting(server) as drafter:
        assert drafted(drafter) == [LEAVE, SICK]
    assert len(server.bodies) == 3


def test_a_break_after_the_first_sentence_is_not(server: ModelServerState) -> None:
    server.answering = [half_then(lambda _: None), good]
    given: list[DraftSentence] = []
    with drafting(server) as drafter, pytest.raises(Unreachable):
        given.extend(drafter.draft("How many days?", EVIDENCE))
    assert given == [LEAVE]
    assert len(server.bodies) == 1


@pytest.mark.parametrize("code", [429, 500, 502, 503, 504, 408])
def test_a_passing_failure_is_tried_again(server: ModelServerState, code: int) -> None:
    server.answering = [status(code), good]
    with drafting(server) as drafter:
        assert drafted(drafter) == [LEAVE, SICK]
    assert len(server.bodies) == 2


def test_the_time_that_a_server_asks_for_is_waited(server: ModelServerState) -> None:
    moments: list[float] = []

    def busy(wire: Wire) -> None:
        moments.append(time.monotonic())
        wire.send(429, b"", Retry_After="1")

    def noted(wire: Wire) -> None:
        moments.append(time.monotonic())
        good(wire)

    server.answering = [busy, noted]
    with drafting(server) as drafter:
        drafted(drafter)
    assert moments[1] - moments[0] >= 1.0


def test_nobody_waits_for_long_at_a_busy_server(server: ModelServerState) -> None:
    server.answering = [status(429, b"", Retry_After="3600")]
    with drafting(server) as drafter, pytest.raises(Busy):
        drafted(drafter)
    assert len(server.bodies) == 1


@pytest.mark.parametrize(("code", "kind"), [(429, Busy), (500, ServerFault), (401, Refused), (404, Refused)])
def test_a_lasting_failure_is_told_as_what_it_is(server: ModelServerState, code: int, kind: type[Exception]) -> None:
    server.answering = [status(code, {"error": {"message": "the very reason"}})]
    with drafting(server) as drafter, pytest.raises(kind) as told:
        drafted(drafter)
    assert code == 429 or "the very reason" in str(told.value)
    assert "cannot be used at the moment" in str(told.value)


def test_what_is_refused_is_not_asked_again(server: ModelServerState) -> None:
    server.answering = [status(401)]
    with drafting(server) as drafter, pytest.raises(Refused):
        drafted(drafter)
    assert len(server.bodies) == 1


@pytest.mark.parametrize(
    "said",
    [
        "This model's maximum context length is 4096 tokens. However, your request has 5000 input tokens.",
        "request (9412 tokens) exceeds the available context size (8192 tokens), try increasing it",
        "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096. Given: 5000",
        "Requested tokens (600) exceed context window of 512",
        "The sum of prompt length (9000) and query length (0) should not exceed max_num_tokens (8192)",
    ],
)
def test_a_prompt_that_is_too_long_is_told_as_such(server: ModelServerState, said: str) -> None:
    server.answering = [status(400, {"error": {"message": said}})]
    with drafting(server) as drafter, pytest.raises(PromptTooLong):
        drafted(drafter)
    assert len(server.bodies) == 2
    longer, shorter = (body["messages"][-1]["content"] for body in server.bodies)
    assert "Sick leave" in longer
    assert "Sick leave" not in shorter
    assert "Casual leave" in shorter


@pytest.mark.parametrize(
    "reply",
    [
        status(200, b"<html>a proxy's page</html>"),
        status(200, b""),
        status(200, {"choices": []}),
        streamed("I am sorry, I cannot do that."),
        streamed('{"answer": "42"}'),
        streamed('{"sentences": [{"text": "A", "lines": [1]'),
        streamed(as_reply(DraftSentence("Casual leave is 12 days.", (7,)))),
        lambda wire: (wire.begin(), wire.event("{not JSON")),
        lambda wire: (wire.begin(), wire.handler.wfile.write(b"data: \xff\xfe\x00\n\n")),
        streamed(GOOD, "content_filter"),
    ],
)
def test_garbage_is_told_as_such(server: ModelServerState, reply: Callable[[Wire], None]) -> None:
    server.answering = [reply]
    with drafting(server) as drafter, pytest.raises(Unusable, match="not of the agreed form"):
        drafted(drafter)


def test_lines_that_were_not_offered_are_left_out(server: ModelServerState) -> None:
    server.answering = [streamed(as_reply(DraftSentence("Casual leave is 12 days.", (7, 1, 99))))]
    with drafting(server) as drafter:
        assert drafted(drafter) == [LEAVE]


def test_a_reply_without_end_is_told_and_not_asked_for_again(server: ModelServerState) -> None:
    server.answering = [streamed(GOOD[:40], "length")]
    with drafting(server) as drafter, pytest.raises(CutOff):
        drafted(drafter)
    assert len(server.bodies) == 1


def test_an_error_in_the_middle_of_a_stream_is_told(server: ModelServerState) -> None:
    def failing(wire: Wire) -> None:
        wire.begin()
        wire.event({"error": {"message": "EngineDeadError", "code": 500}})
        wire.event("[DONE]")

    server.answering = [failing]
    with drafting(server) as drafter, pytest.raises(ServerFault, match="EngineDeadError"):
        drafted(drafter)


def test_a_closed_port_is_told() -> None:
    with drafting("http://127.0.0.1:1") as drafter, pytest.raises(Unreachable):
        drafted(drafter)


def test_an_address_that_is_none_is_told() -> None:
    with drafting("ftp://127.0.0.1/v1") as drafter, pytest.raises(Refused, match="FOOTNOTE_LLM_URL"):
        drafted(drafter)


def test_a_reader_who_leaves_ends_the_call_at_the_server(server: ModelServerState) -> None:
    leaving = threading.Event()

    def asked(wire: Wire) -> None:
        leaving.set()
        wire.hang()

    server.answering = [asked]
    with drafting(server) as drafter, pytest.raises(Stopped):
        drafted(drafter, cancelled=leaving.is_set)
    assert server.left.wait(10)


def test_closing_the_iterator_ends_the_call_at_the_server(server: ModelServerState) -> None:
    server.answering = [half_then(hang)]
    with drafting(server) as drafter:
        sentences = drafter.draft("How many days?", EVIDENCE)
        assert next(sentences) == LEAVE
        sentences.close()
        assert server.left.wait(10)


def test_a_reader_who_leaves_while_waiting_for_a_busy_server(server: ModelServerState) -> None:
    server.answering = [status(429, b"", Retry_After="5")]
    with drafting(server) as drafter, pytest.raises(Stopped):
        drafted(drafter, cancelled=lambda: len(server.bodies) > 0)


def test_no_more_calls_than_allowed_are_under_way(server: ModelServerState) -> None:
    under_way, most, lock = [0], [0], threading.Lock()

    def counted(wire: Wire) -> None:
        with lock:
            under_way[0] += 1
            most[0] = max(most[0], under_way[0])
        server.ended.wait(0.05)
        with lock:
            under_way[0] -= 1
        good(wire)

    server.answering = [counted]
    with drafting(server, in_flight=2) as drafter:
        threads = [threading.Thread(target=drafted, args=(drafter,)) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert (len(server.bodies), most[0]) == (6, 2)


def test_every_failure_is_one_that_quotes_can_stand_in_for() -> None:
    kinds = (Busy, CutOff, PromptTooLong, Refused, ServerFault, TooSlow, Unreachable, Unusable)
    assert all(issubclass(kind, ModelServerAway) for kind in kinds)
    assert len({str(kind()) for kind in kinds}) == len(kinds)
