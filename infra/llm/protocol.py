"""The words of the OpenAI protocol, read leniently: servers leave out fields and add their own."""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from infra.llm.errors import ServerFault, Unusable

DONE = "[DONE]"
ENDED = frozenset({"stop", "eos_token", "stop_sequence", "end_turn"})
CUT = frozenset({"length", "max_tokens"})
TOO_LONG = re.compile(
    r"context.{0,20}(?:length|size|window)|(?:maximum|max)\W+(?:\w+\W+){0,3}(?:tokens|length)|too long|max_num_tokens"
    r"|max_seq_len|exceed_context_size|inputs\W+(?:tokens|must have less)",
    re.IGNORECASE,
)
LIMIT = re.compile(
    r"(?:context length|context size|context window)\D{0,12}(\d{3,7})|n_ctx\W{1,4}(\d{3,7})", re.IGNORECASE
)


class _Lenient(BaseModel):
    model_config = ConfigDict(extra="ignore")


class _Details(_Lenient):
    cached_tokens: int | None = None


class Usage(_Lenient):
    """Tokens of a call; 0 where the server does not say."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    prompt_tokens_details: _Details | None = None

    @property
    def cached_tokens(self) -> int | None:
        """Tokens of the prompt that were in the prefix cache, where the server says so."""
        return self.prompt_tokens_details.cached_tokens if self.prompt_tokens_details else None


class _Text(_Lenient):
    content: str | None = None


class _Choice(_Lenient):
    delta: _Text | None = None
    message: _Text | None = None
    finish_reason: str | None = None
    logprobs: dict[str, object] | None = None


class Chunk(_Lenient):
    """A piece of a streamed reply, or a whole reply that was not streamed."""

    choices: Annotated[list[_Choice], BeforeValidator(lambda value: value or [])] = Field(default_factory=list)
    usage: Usage | None = None
    error: object = None
    whole: bool = False

    @property
    def text(self) -> str:
        """The text that it adds."""
        said = (self.choices[0].delta or self.choices[0].message) if self.choices else None
        return (said.content or "") if said else ""

    @property
    def finish_reason(self) -> str:
        """`stop`, `length`, a server's own word, or empty while the reply goes on."""
        given = (self.choices[0].finish_reason or "") if self.choices else ""
        if self.whole and not given:
            return "stop"
        return "stop" if given in ENDED else "length" if given in CUT else given

    @property
    def has_log_probabilities(self) -> bool:
        """Whether it carries log-probabilities."""
        return bool(self.choices and self.choices[0].logprobs)


class ModelCard(_Lenient):
    """A model that a server offers; only vLLM tells the context length here."""

    id: str
    max_model_len: int | None = None
    owned_by: str = ""


class Models(_Lenient):
    """What a server offers."""

    data: list[ModelCard] = Field(min_length=1)


@dataclass(frozen=True, slots=True)
class Reply:
    """How a call went.

    Attributes:
        server: Its address.
        model: Who wrote.
        finish_reason: `stop`, `length` or a server's own word; empty where it said none.
        prompt_tokens: Tokens of the prompt, 0 where the server does not say.
        completion_tokens: Tokens of the reply.
        cached_tokens: Tokens of the prompt that the prefix cache held, where the server says so.
        first_s: Seconds to the first text.
        total_s: Seconds to the end.
    """

    server: str
    model: str
    finish_reason: str
    prompt_tokens: int
    completion_tokens: int
    cached_tokens: int | None
    first_s: float
    total_s: float


def unheard(_: Reply) -> None:
    """For those who do not want to know how a call went."""


def events(lines: Iterable[str]) -> Iterator[str]:
    """The data of server-sent events (WHATWG HTML, 9.2.6).

    Args:
        lines: Lines of the response's body, without their ends.
    """
    data: list[str] = []
    for line in lines:
        if line.startswith("data:"):
            data.append(line[5:].removeprefix(" "))
        elif not line and data:
            yield "\n".join(data)
            data = []
    if data:
        yield "\n".join(data)


def chunks(lines: Iterable[str]) -> Iterator[Chunk]:
    """The pieces of a streamed reply.

    Raises:
        Unusable: Something that is no piece of a reply. ServerFault: The server says that it failed.
    """
    for data in events(lines):
        if data.strip() == DONE:
            return
        yield chunk(data)


def chunk(data: str | bytes) -> Chunk:
    """One piece. Raises: Unusable, ServerFault."""
    try:
        read = Chunk.model_validate_json(data)
    except ValidationError as error:
        raise Unusable from error
    if read.error is not None:
        raise ServerFault(f"{ServerFault.message} It said: {_told(read.error)}")
    return read


def complaint(body: bytes) -> str:
    """What a server says in an error's body, in one line of at most 300 characters."""
    try:
        return _told(json.loads(body))
    except ValueError:
        return " ".join(body.decode(errors="replace").split())[:300]


def is_too_long(said: str) -> bool:
    """Whether a server complains of the prompt's length."""
    return TOO_LONG.search(said) is not None


def told_context(said: str) -> int | None:
    """The context length that a complaint names, in tokens."""
    found = LIMIT.search(said)
    return int(next(group for group in found.groups() if group)) if found else None


def _told(value: object) -> str:
    if isinstance(value, dict):
        for name in ("message", "error", "detail"):
            if value.get(name):
                return _told(value[name])
    return " ".join(str(value).split())[:300]
