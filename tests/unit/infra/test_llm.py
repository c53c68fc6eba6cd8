"""The client of a language model server, against a real HTTP server."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from generation.model import DraftSentence
from generation.prompt import SYSTEM, schema
from infra.llm import ModelServerAway, OpenAiDrafter
from tests.unit.material import evidence

EVIDENCE = [evidence("Casual leave is twelve days.", 1), evidence("Sick leave is ten days.", 2)]
GOOD = json.dumps({"sentences": [{"text": "Casual leave is 12  days.", "lines": [1]}]})

Reply = tuple[int, bytes]
Answering = Callable[[dict[str, Any]], Reply]


def completion(content: str | None) -> Reply:
    """A chat completion as vLLM returns it."""
    message: dict[str, object] = {"role": "assistant", "content": content, "tool_calls": []}
    choice = {"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}
    return 200, json.dumps({"id": "x", "object": "chat.completion", "choices": [choice], "usage": {}}).encode()


def offers(*names: str) -> Reply:
    """The list of models."""
    return 200, json.dumps({"object": "list", "data": [{"id": name, "object": "model"} for name in names]}).encode()


@dataclass(slots=True)
class Server:
    """A model server on loopback.

    Attributes:
        url: Its address, without `/v1`.
        answering: Makes the reply to a chat completion.
        models: The reply to a request for models.
        requests: Paths asked for, in order.
        bodies: Bodies of chat completions, in order.
        headers: The headers of the last request.
    """

    url: str
    answering: Answering = lambda _: completion(GOOD)
    models: Reply = field(default_factory=lambda: offers("first-model", "second-model"))
    requests: list[str] = field(default_factory=list)
    bodies: list[dict[str, Any]] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)


@pytest.fixture
def server() -> Iterator[Server]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            state.requests.append(self.path)
            self._send(*(state.models if self.path == "/v1/models" else (404, b"")))

        def do_POST(self) -> None:
            state.requests.append(self.path)
            state.headers = {name.lower(): value for name, value in self.headers.items()}
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            state.bodies.append(body)
            self._send(*(state.answering(body) if self.path == "/v1/chat/completions" else (404, b"")))

        def _send(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listening:
        state = Server(f"http://127.0.0.1:{listening.server_port}")
        thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield state
        listening.shutdown()
        thread.join()


def draft(url: str, model: str | None = "some-model", timeout_s: float = 5.0) -> list[DraftSentence]:
    with OpenAiDrafter(url, model, None, timeout_s) as drafter:
        return drafter.draft("How many days?", EVIDENCE)


@pytest.mark.parametrize("suffix", ["", "/", "/v1", "/v1/"])
def test_sentences_with_their_lines_come_back(server: Server, suffix: str) -> None:
    assert draft(server.url + suffix) == [DraftSentence("Casual leave is 12 days.", (1,))]
    assert server.requests == ["/v1/chat/completions"]


def test_what_is_sent(server: Server) -> None:
    draft(server.url)
    (body,) = server.bodies
    assert (body["model"], body["temperature"], body["seed"]) == ("some-model", 0, 0)
    assert body["messages"][0] == {"role": "system", "content": SYSTEM}
    assert "Question: How many days?" in body["messages"][-1]["content"]
    assert body["response_format"]["type"] == "json_schema"
    assert body["response_format"]["json_schema"]["strict"] is True
    assert body["response_format"]["json_schema"]["schema"] == schema(EVIDENCE)


def test_a_key_is_sent_where_there_is_one(server: Server) -> None:
    with OpenAiDrafter(server.url, "some-model", "secret", 5.0) as drafter:
        drafter.draft("How many?", EVIDENCE)
    assert server.headers["authorization"] == "Bearer secret"
    draft(server.url)
    assert "authorization" not in server.headers


@pytest.mark.parametrize("status", [400, 422, 500, 501])
def test_a_server_that_refuses_a_json_schema_gets_the_other_form(server: Server, status: int) -> None:
    def answering(body: dict[str, Any]) -> Reply:
        return completion(GOOD) if body["response_format"]["type"] == "json_object" else (status, b"unknown format")

    server.answering = answering
    assert draft(server.url) == [DraftSentence("Casual leave is 12 days.", (1,))]
    assert server.bodies[1]["response_format"] == {"type": "json_object", "schema": schema(EVIDENCE)}
    assert {**server.bodies[1], "response_format": 0} == {**server.bodies[0], "response_format": 0}


def test_the_first_model_offered_is_taken_once(server: Server) -> None:
    with OpenAiDrafter(server.url, None, None, 5.0) as drafter:
        assert drafter.name == "language model"
        drafter.draft("How many?", EVIDENCE)
        drafter.draft("How many?", EVIDENCE)
        assert drafter.name == "first-model"
    assert [body["model"] for body in server.bodies] == ["first-model", "first-model"]
    assert server.requests.count("/v1/models") == 1


def test_the_models_that_are_offered(server: Server) -> None:
    with OpenAiDrafter(server.url, None, None, 5.0) as drafter:
        assert drafter.offered() == ["first-model", "second-model"]


@pytest.mark.parametrize("models", [offers(), (404, b""), (200, b"<html>"), (200, b'{"data": [{}]}')])
def test_a_server_without_models_cannot_be_used(server: Server, models: Reply) -> None:
    server.models = models
    with pytest.raises(ModelServerAway):
        draft(server.url, model=None)


@pytest.mark.parametrize(
    "reply",
    [
        (200, b"<html>a proxy's page</html>"),
        (200, b""),
        (200, b'{"choices": []}'),
        (200, b'{"choices": [{"message": {}}]}'),
        completion(None),
        completion("not JSON"),
        completion('{"sentences": [{"text": "A", "lines": [1]'),
        completion('{"sentences": [{"text": "A", "lines": "1"}]}'),
        completion('{"answer": "42"}'),
        (401, b"no key"),
        (404, b"no such model"),
        (429, b"too many requests"),
        (503, b"loading"),
        (500, b"both forms refused"),
    ],
)
def test_what_cannot_be_used_is_one_error(server: Server, reply: Reply) -> None:
    server.answering = lambda _: reply
    with pytest.raises(ModelServerAway, match="cannot be used at the moment"):
        draft(server.url)


def test_no_sentences_is_an_answer(server: Server) -> None:
    server.answering = lambda _: completion('{"sentences": []}')
    assert draft(server.url) == []


def test_a_slow_server_is_given_up(server: Server) -> None:
    released = threading.Event()

    def slow(_: dict[str, Any]) -> Reply:
        released.wait(5)
        return completion(GOOD)

    server.answering = slow
    begun = time.monotonic()
    with pytest.raises(ModelServerAway):
        draft(server.url, timeout_s=0.2)
    assert time.monotonic() - begun < 3.0
    released.set()


def test_a_closed_port_is_one_error(server: Server) -> None:
    with pytest.raises(ModelServerAway):
        draft("http://127.0.0.1:1")


def test_a_server_that_hangs_up_is_one_error(server: Server) -> None:
    def hang_up(_: dict[str, Any]) -> Reply:
        raise ConnectionAbortedError

    server.answering = hang_up
    with pytest.raises(ModelServerAway):
        draft(server.url)


def test_the_server_is_used_again_once_it_is_back(server: Server) -> None:
    with OpenAiDrafter(server.url, None, None, 5.0) as drafter:
        server.models = (503, b"loading")
        with pytest.raises(ModelServerAway):
            drafter.draft("How many?", EVIDENCE)
        server.models = offers("first-model")
        assert len(drafter.draft("How many?", EVIDENCE)) == 1
