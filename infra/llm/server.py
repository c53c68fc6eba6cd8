"""One OpenAI-compatible server: each call once, with what goes wrong told apart."""

import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import httpx
from pydantic import ValidationError

from infra.llm.backoff import retry_after
from infra.llm.breaker import CircuitBreaker
from infra.llm.errors import (
    BrokenOff,
    Busy,
    CutOff,
    ModelServerAway,
    PromptTooLong,
    Refused,
    Rejected,
    ServerFault,
    TooSlow,
    Unreachable,
    Unusable,
)
from infra.llm.guard import Guard
from infra.llm.protocol import Chunk, ModelCard, Models, Reply, chunk, chunks, complaint, is_too_long, told_context

CONNECT_S = 5.0
BUSY = frozenset({429, 503})
SLOW = frozenset({408, 504, 524})
BAD_REQUEST = frozenset({400, 413, 422})

Body = dict[str, object]
OnReply = Callable[[Reply], None]
Clock = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Address:
    """Where a server is, and what opens it.

    Attributes:
        url: With or without `/v1`.
        api_key: Sent as a bearer token where given.
        silence_s: Seconds without a word after which the server is given up.
    """

    url: str
    api_key: str | None = None
    silence_s: float = 30.0

    @property
    def root(self) -> str:
        """Without `/v1`."""
        return self.url.rstrip("/").removesuffix("/v1")


class ModelServer:
    """One server, and what is known of it. May be used by many threads.

    Each call has a connection of its own, so that it can be ended alone. `format` is the place of the format that it
    takes, `trusted` whether it has kept to it; `dialect` is how it counts tokens.

    Args:
        address: Where it is.
        clock: Seconds, monotonic.
        transport: Replaces the network in tests.
    """

    def __init__(self, address: Address, clock: Clock, transport: httpx.BaseTransport | None = None) -> None:
        headers = {"Authorization": f"Bearer {address.api_key}"} if address.api_key else {}
        self.address = address
        self.breaker = CircuitBreaker(clock)
        self.format = 0
        self.trusted = False
        self.dialect: str | None = None
        self.contexts: dict[str, int | None] = {}
        self._clock = clock
        self._lock = threading.Lock()
        self._in_flight = 0
        self._cards: list[ModelCard] | None = None
        self._client = httpx.Client(
            headers=headers, transport=transport, limits=httpx.Limits(max_keepalive_connections=0)
        )

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    @property
    def in_flight(self) -> int:
        """Calls that are under way."""
        return self._in_flight

    @contextmanager
    def busy(self) -> Iterator[None]:
        """Counts a call as under way."""
        with self._lock:
            self._in_flight += 1
        try:
            yield
        finally:
            with self._lock:
                self._in_flight -= 1

    def cards(self, guard: Guard) -> list[ModelCard]:
        """The models that the server offers; asked for once.

        Raises:
            ModelServerAway: It does not answer as an OpenAI-compatible server.
        """
        if self._cards is None:
            try:
                self._cards = Models.model_validate_json(self.fetch("GET", "/v1/models", guard)).data
            except ValidationError as error:
                raise Unusable(f"{Unusable.message} It names no models.") from error
        return self._cards

    def forget(self) -> None:
        """Ask again what the server offers: it refused what was known."""
        self._cards = None
        self.contexts.clear()

    def distrust(self, formats: int) -> None:
        """Ask in the next of so many formats: a server may take one and not keep to it."""
        if not self.trusted:
            self.format = (self.format + 1) % formats

    def fetch(self, method: str, path: str, guard: Guard, body: Body | None = None) -> bytes:
        """One call without a stream; the body of the reply.

        Args:
            method: `GET` or `POST`.
            path: Below the root, with its slash.
            guard: Watches it.
            body: Sent as JSON.

        Raises:
            ModelServerAway, Stopped: As its subclasses say.
        """
        with self._response(method, path, guard, body) as response:
            return response.content if response.is_closed else response.read()

    def stream(self, body: Body, guard: Guard, tell: OnReply) -> Generator[str, None, None]:
        """The text of one chat completion, piece by piece.

        Args:
            body: The request, without the fields for streaming.
            guard: Watches it.
            tell: Told at the end how it went.

        Raises:
            ModelServerAway, Stopped: As its subclasses say. What came before an error is void.
        """
        begun = self._clock()
        first: float | None = None
        finish, usage = "", None
        streaming: Body = {"stream": True, "stream_options": {"include_usage": True}}
        with self._response("POST", "/v1/chat/completions", guard, body | streaming) as response:
            for piece in _pieces(response):
                finish, usage = piece.finish_reason or finish, piece.usage or usage
                if piece.text:
                    first = self._clock() if first is None else first
                    yield piece.text
                guard.check()
        ended = self._clock()
        tell(
            Reply(
                server=self.address.root,
                model=str(body["model"]),
                finish_reason=finish,
                prompt_tokens=usage.prompt_tokens if usage else 0,
                completion_tokens=usage.completion_tokens if usage else 0,
                cached_tokens=usage.cached_tokens if usage else None,
                first_s=(ended if first is None else first) - begun,
                total_s=ended - begun,
            )
        )
        _check_end(finish)

    @contextmanager
    def _response(self, method: str, path: str, guard: Guard, body: Body | None) -> Iterator[httpx.Response]:
        """A response whose status was checked; errors of the network while it is read are told apart, too."""
        guard.check()
        silence = min(self.address.silence_s, guard.left_s)
        request = self._client.stream(
            method,
            self.address.root + path,
            json=body,
            timeout=httpx.Timeout(silence, connect=min(CONNECT_S, silence)),
            extensions={"trace": guard.trace},
        )
        begun = False
        try:
            with request as response:
                if response.status_code != httpx.codes.OK:
                    raise _refusal(response.status_code, response.read(), response.headers.get("Retry-After"))
                begun = True
                yield response
        except (httpx.HTTPError, httpx.StreamError, httpx.InvalidURL) as error:
            guard.check()
            raise _failure(error, begun) from error


def _pieces(response: httpx.Response) -> Iterator[Chunk]:
    """Of a stream, or of a server that does not stream."""
    if response.headers.get("Content-Type", "").startswith("text/event-stream"):
        yield from chunks(response.iter_lines())
    else:
        whole = chunk(response.read())
        if not whole.choices:
            raise Unusable
        yield whole.model_copy(update={"whole": True})


def _check_end(finish: str) -> None:
    if not finish:
        raise BrokenOff
    if finish == "length":
        raise CutOff
    if finish != "stop":
        raise Unusable(f"{Unusable.message} It ended with: {finish}")


def _failure(error: Exception, begun: bool) -> ModelServerAway:
    if isinstance(error, httpx.TimeoutException):
        return TooSlow()
    if isinstance(error, httpx.InvalidURL | httpx.UnsupportedProtocol):
        return Refused(f"FOOTNOTE_LLM_URL is not an address: {error}")
    return BrokenOff() if begun else Unreachable()


def _refusal(status: int, body: bytes, wait: str | None) -> ModelServerAway:
    said = complaint(body)
    if status in BUSY:
        return Busy(wait_s=retry_after(wait, time.time()))
    if status in SLOW:
        return TooSlow()
    if status in BAD_REQUEST and is_too_long(said):
        return PromptTooLong(context=told_context(said))
    rejected = Rejected if status in BAD_REQUEST else Refused
    kind = ServerFault if status >= httpx.codes.INTERNAL_SERVER_ERROR else rejected
    return kind(f"{kind.message} It said: {status} {said}".rstrip())
