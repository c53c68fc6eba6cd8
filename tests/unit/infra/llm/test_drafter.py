"""What a drafter sends, and how it keeps to the model's context."""

from collections.abc import Callable

import pytest

from generation.model import Evidence
from generation.prompt import SYSTEM, schema
from infra.llm.drafter import MOST_TOKENS
from infra.llm.errors import PromptTooLong, Unusable
from infra.llm.protocol import Reply
from infra.llm.server import Address
from infra.llm.servers import Connection, ModelServers
from tests.unit.infra.llm.asked import EVIDENCE, HASTE, drafted, drafting
from tests.unit.infra.llm.model_server import GOOD, LEAVE, SICK, ModelServerState, Wire, as_reply
from tests.unit.material import evidence

MANY = [evidence(f"Rule {number} is about {'some matter of this house ' * 12}.", number) for number in range(1, 9)]


def lines_of(body: dict[str, object]) -> int:
    messages = body["messages"]
    assert isinstance(messages, list)
    return str(messages[-1]["content"]).count("Rule ")


@pytest.mark.parametrize("suffix", ["", "/", "/v1", "/v1/"])
def test_the_address_may_end_in_any_way(server: ModelServerState, suffix: str) -> None:
    with drafting(server.url + suffix) as drafter:
        assert drafted(drafter) == [LEAVE, SICK]
    assert server.requests == ["/v1/models", "/v1/chat/completions"]


def test_what_is_sent(server: ModelServerState) -> None:
    with drafting(server, model="some-model") as drafter:
        drafted(drafter)
    (body,) = server.bodies
    assert (body["model"], body["temperature"], body["seed"]) == ("some-model", 0, 0)
    assert body["messages"][0] == {"role": "system", "content": SYSTEM}
    assert "Question: How many days?" in body["messages"][-1]["content"]
    wanted = {"name": "answer", "strict": True, "schema": schema(EVIDENCE)}
    assert body["response_format"] == {"type": "json_schema", "json_schema": wanted}
    assert body["max_tokens"] == MOST_TOKENS


def test_a_key_is_sent_where_there_is_one(server: ModelServerState) -> None:
    with ModelServers(Connection(server.url, "secret"), backoff=HASTE) as servers:
        list(servers.run(lambda one, guard: one.stream({"model": "m"}, guard, lambda _: None)))
    assert server.headers["authorization"] == "Bearer secret"
    with drafting(server) as drafter:
        drafted(drafter)
    assert "authorization" not in server.headers


def test_the_first_model_offered_is_taken(server: ModelServerState) -> None:
    server.models = {"data": [{"id": "first-model"}, {"id": "second-model"}]}
    with drafting(server, model=None) as drafter:
        assert drafter.name == "language model"
        drafted(drafter)
        drafted(drafter)
        assert drafter.name == "first-model"
    assert [body["model"] for body in server.bodies] == ["first-model", "first-model"]
    assert server.requests.count("/v1/models") == 1


@pytest.mark.parametrize("models", [{"data": []}, {}, {"data": [{}]}])
def test_a_server_without_models_cannot_be_used(server: ModelServerState, models: dict[str, object]) -> None:
    server.models = models
    with drafting(server, model=None) as drafter, pytest.raises(Unusable, match="names no models"):
        drafted(drafter)


def test_no_sentences_is_an_answer(server: ModelServerState) -> None:
    server.answering = [lambda wire: wire.stream('{"sentences": []}')]
    with drafting(server) as drafter:
        assert drafted(drafter) == []


def test_a_server_that_does_not_stream_will_do(server: ModelServerState) -> None:
    choice = {"index": 0, "message": {"role": "assistant", "content": GOOD}, "finish_reason": "stop"}
    server.answering = [lambda wire: wire.send(200, {"choices": [choice]})]
    with drafting(server) as drafter:
        assert drafted(drafter) == [LEAVE, SICK]


def test_how_a_call_went_is_told(server: ModelServerState) -> None:
    usage = {"prompt_tokens": 300, "completion_tokens": 20, "prompt_tokens_details": {"cached_tokens": 256}}
    server.answering = [lambda wire: wire.stream(GOOD, usage=usage)]
    told: list[Reply] = []
    with drafting(server, on_reply=told.append) as drafter:
        drafted(drafter)
    (reply,) = told
    assert (reply.server, reply.model, reply.finish_reason) == (server.url, "a-model", "stop")
    assert (reply.prompt_tokens, reply.completion_tokens, reply.cached_tokens) == (300, 20, 256)
    assert 0 < reply.first_s <= reply.total_s


def counting(tokens: Callable[[Wire], int]) -> Callable[[Wire], None]:
    """vLLM's count of a chat."""
    return lambda wire: wire.send(200, {"count": tokens(wire), "max_model_len": 8192, "tokens": []})


def by_line(wire: Wire) -> int:
    return 200 + 100 * lines_of(wire.body)


@pytest.mark.parametrize(("room", "kept"), [(1_000, 8), (999, 7), (700, 5), (300, 1)])
def test_as_much_evidence_as_fits_is_sent_to_the_token(server: ModelServerState, room: int, kept: int) -> None:
    server.models = {"data": [{"id": "a-model", "max_model_len": room + MOST_TOKENS}]}
    server.other["/tokenize"] = counting(by_line)
    server.answering = [lambda wire: wire.stream(as_reply(LEAVE))]
    with drafting(server) as drafter:
        drafted(drafter, MANY)
    (body,) = server.bodies
    assert lines_of(body) == kept
    assert body["messages"][-1]["content"].startswith("<lines>\n1. ")
    assert body["response_format"]["json_schema"]["schema"] == schema(MANY[:kept])


def test_where_not_even_the_best_fits_nothing_is_sent(server: ModelServerState) -> None:
    server.models = {"data": [{"id": "a-model", "max_model_len": 299 + MOST_TOKENS}]}
    server.other["/tokenize"] = counting(by_line)
    with drafting(server) as drafter, pytest.raises(PromptTooLong):
        drafted(drafter, MANY)
    assert server.bodies == []


def test_what_fits_by_its_bytes_is_not_counted(server: ModelServerState) -> None:
    server.models = {"data": [{"id": "a-model", "max_model_len": 100_000}]}
    with drafting(server) as drafter:
        drafted(drafter, MANY)
    assert "/tokenize" not in server.requests


def test_the_context_that_is_set_wins(server: ModelServerState) -> None:
    server.other["/tokenize"] = counting(by_line)
    with drafting(server, context=700 + MOST_TOKENS) as drafter:
        drafted(drafter, MANY)
    assert lines_of(server.bodies[0]) == 5


def test_a_server_that_does_not_count_is_asked_once(server: ModelServerState) -> None:
    server.models = {"data": [{"id": "a-model"}]}
    long = [evidence(f"Rule {number} is about {'some matter ' * 200}.", number) for number in range(1, 9)]
    with drafting(server) as drafter:
        drafted(drafter, long)
        drafted(drafter, long)
    assert [server.requests.count(path) for path in ("/tokenize", "/chat_tokenize", "/props", "/info")] == [1, 1, 1, 1]
    assert 0 < lines_of(server.bodies[0]) < 8


def test_a_context_that_was_wrong_is_learnt_and_half_of_the_lines_tried(server: ModelServerState) -> None:
    def strict(wire: Wire) -> None:
        if lines_of(wire.body) > 3:
            wire.send(400, {"error": {"message": "maximum context length is 900 tokens"}})
        else:
            wire.stream(as_reply(LEAVE))

    server.answering = [strict]
    with drafting(server) as drafter:
        assert drafted(drafter, MANY) == [LEAVE]
        assert [lines_of(body) for body in server.bodies] == [8, 4, 2]
        server.other["/tokenize"] = counting(lambda wire: 100 + 140 * lines_of(wire.body))
        drafted(drafter, MANY)
    assert [lines_of(body) for body in server.bodies[3:]] == [2]


def test_addresses_are_split_at_commas() -> None:
    found = Connection(" http://a:1/v1, http://b:2 ,", "key", silence_s=5).addresses
    assert found == [Address("http://a:1/v1", "key", 5), Address("http://b:2", "key", 5)]
    assert [one.root for one in found] == ["http://a:1", "http://b:2"]


def test_evidence_is_never_reordered(server: ModelServerState) -> None:
    pieces: list[Evidence] = list(reversed(MANY))
    with drafting(server) as drafter:
        drafted(drafter, pieces)
    content = server.bodies[0]["messages"][-1]["content"]
    places = [content.index(f"\n{one.number}. ") for one in pieces]
    assert places == sorted(places)
