"""Questions from a language model, against a real HTTP server."""

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from app.settings import Settings
from eval.corpus.model import ModelQuestions
from infra.llm import ModelServerAway
from tests.unit.eval.corpus.test_questions import passage

SOURCE = passage("Vouchers expire after ninety days.", headings=("Lunch",))

Answering = Callable[[dict[str, Any]], tuple[int, str]]


@pytest.fixture
def served() -> Iterator[tuple[str, list[Answering], list[dict[str, Any]]]]:
    """Address, the function that answers (to be replaced), and what was asked."""
    answering: list[Answering] = [lambda _: (200, json.dumps({"question": "When do  lunch tickets run out?"}))]
    bodies: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

        def do_GET(self) -> None:
            self._send(200, {"data": [{"id": "small"}]})

        def do_POST(self) -> None:
            bodies.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            code, content = answering[0](bodies[-1])
            self._send(code, {"choices": [{"message": {"content": content}}]})

        def _send(self, code: int, value: object) -> None:
            data = json.dumps(value).encode()
            self.send_response(code)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/v1", answering, bodies
    server.shutdown()
    server.server_close()
    thread.join()


def settings(url: str) -> Settings:
    return Settings(home=Path("/nowhere"), llm_url=url, llm_timeout_s=5)


def test_the_model_is_given_the_chunk_with_its_headings(
    served: tuple[str, list[Answering], list[dict[str, Any]]],
) -> None:
    url, _, bodies = served

    with ModelQuestions(settings(url), seed=7) as model:
        assert model.question(SOURCE) == "When do lunch tickets run out?"

    (body,) = bodies
    assert (body["model"], body["temperature"], body["seed"]) == ("small", 0, 7)
    assert body["messages"][1]["content"] == "Handbook > Lunch\nVouchers expire after ninety days."


def test_a_server_that_refuses_the_format_is_asked_in_another(
    served: tuple[str, list[Answering], list[dict[str, Any]]],
) -> None:
    url, answering, bodies = served
    answering[0] = lambda body: (
        (500, "") if body["response_format"]["type"] == "json_schema" else (200, '{"question": "What expires?"}')
    )

    with ModelQuestions(settings(url), seed=0) as model:
        assert model.question(SOURCE) == "What expires?"
    assert len(bodies) == 2


@pytest.mark.parametrize("content", ["no JSON", '{"question": "?"}', '{"answer": "ninety days or more"}'])
def test_a_useless_reply_is_none(served: tuple[str, list[Answering], list[dict[str, Any]]], content: str) -> None:
    url, answering, _ = served
    answering[0] = lambda _: (200, content)

    with ModelQuestions(settings(url), seed=0) as model:
        assert model.question(SOURCE) is None


def test_a_server_that_is_away_is_told() -> None:
    with ModelQuestions(settings("http://127.0.0.1:9/v1"), seed=0) as model, pytest.raises(ModelServerAway):
        model.question(SOURCE)
