"""A language model server on loopback that does what it is told, the wrong things too."""

import json
import select
import socket
import struct
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from generation.model import DraftSentence

LEAVE = DraftSentence("Casual leave is 12 days.", (1,))
SICK = DraftSentence("Sick leave is 10 days.", (2,))

Body = dict[str, Any]


def as_reply(*sentences: DraftSentence) -> str:
    """What a model returns for these sentences."""
    return json.dumps({"sentences": [{"text": one.text, "lines": list(one.evidence)} for one in sentences]})


GOOD = as_reply(LEAVE, SICK)


@dataclass(slots=True)
class Wire:
    """One exchange, in the hands of a test.

    Attributes:
        path: What was asked for.
        body: The JSON that was sent; empty for GET.
        handler: The connection.
        state: The server.
    """

    path: str
    body: Body
    handler: BaseHTTPRequestHandler
    state: "ModelServerState"

    def send(self, status: int, value: object = b"", **headers: str) -> None:
        """A whole response."""
        data = value if isinstance(value, bytes) else json.dumps(value).encode()
        self.handler.send_response(status)
        self.handler.send_header("Content-Length", str(len(data)))
        for name, text in headers.items():
            self.handler.send_header(name.replace("_", "-"), text)
        self.handler.end_headers()
        self.handler.wfile.write(data)

    def begin(self) -> None:
        """The head of a stream."""
        self.handler.send_response(200)
        self.handler.send_header("Content-Type", "text/event-stream; charset=utf-8")
        self.handler.end_headers()

    def event(self, value: object) -> None:
        """One event."""
        data = value if isinstance(value, str) else json.dumps(value)
        self.handler.wfile.write(f"data: {data}\n\n".encode())
        self.handler.wfile.flush()

    def say(self, text: str) -> None:
        """A piece of the reply."""
        self.event({"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": None}]})

    def end(self, reason: str = "stop", usage: Body | None = None) -> None:
        """The end of the reply."""
        self.event({"choices": [{"index": 0, "delta": {}, "finish_reason": reason}]})
        if usage:
            self.event({"choices": [], "usage": usage})
        self.event("[DONE]")

    def stream(self, text: str, reason: str = "stop", usage: Body | None = None) -> None:
        """A whole reply, a few characters at a time."""
        self.begin()
        for start in range(0, len(text), 7):
            self.say(text[start : start + 7])
        self.end(reason, usage)

    def reset(self) -> None:
        """Break the connection at once (RST)."""
        connection = self.handler.connection
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()

    def hang(self) -> None:
        """Say nothing more until the client goes away, which is noted, or the test ends."""
        connection = self.handler.connection
        while not self.state.ended.is_set():
            readable, _, _ = select.select([connection], [], [], 0.02)
            if readable and not connection.recv(1, socket.MSG_PEEK):
                self.state.left.set()
                return


Answering = Callable[[Wire], None]


def good(wire: Wire) -> None:
    """A good reply."""
    wire.stream(GOOD)


@dataclass(slots=True)
class ModelServerState:
    """What the server does and saw.

    Attributes:
        url: Its address, without `/v1`.
        answering: Answers chat completions, in turn; the last one for ever.
        other: Answers other paths; 404 for those that are not named.
        models: What is offered.
        requests: Paths asked for, in order.
        bodies: Bodies of chat completions, in order.
        headers: Headers of the last chat completion.
        left: Set when a client went away from a server that hangs.
        ended: Set when the test is over.
    """

    url: str
    answering: Sequence[Answering] = (good,)
    other: dict[str, Answering] = field(default_factory=dict)
    models: Body = field(default_factory=lambda: {"object": "list", "data": [{"id": "a-model", "max_model_len": 8192}]})
    requests: list[str] = field(default_factory=list)
    bodies: list[Body] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    left: threading.Event = field(default_factory=threading.Event)
    ended: threading.Event = field(default_factory=threading.Event)

    def answer(self, wire: Wire) -> None:
        """Whatever is asked."""
        self.requests.append(wire.path)
        if wire.path in self.other:
            self.other[wire.path](wire)
        elif wire.path == "/v1/models":
            wire.send(200, self.models)
        elif wire.path == "/v1/chat/completions":
            self.headers = {name.lower(): value for name, value in wire.handler.headers.items()}
            self.bodies.append(wire.body)
            self.answering[min(len(self.bodies), len(self.answering)) - 1](wire)
        else:
            wire.send(404, {"detail": "Not Found"})


class _Quiet(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that go away are what is tested."""


@contextmanager
def model_server() -> Iterator[ModelServerState]:
    """A server on a free port of 127.0.0.1."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            state.answer(Wire(self.path, {}, self, state))

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            state.answer(Wire(self.path, body, self, state))

        def log_message(self, format: str, *args: object) -> None:
            pass

    with _Quiet(("127.0.0.1", 0), Handler) as listening:
        state = ModelServerState(f"http://127.0.0.1:{listening.server_port}")
        thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield state
        finally:
            state.ended.set()
            listening.shutdown()
            thread.join()
