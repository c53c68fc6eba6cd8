"""Asks a server for JSON of a schema, in the way that it understands, and remembers the way."""

import logging
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass

from infra.llm.errors import Rejected, ServerFault, Unusable
from infra.llm.formats import FORMATS
from infra.llm.guard import Guard
from infra.llm.server import ModelServer, OnReply
from infra.llm.tokens import Message

logger = logging.getLogger(__name__)

TRIED_AFTER_A_FAULT = 2


@dataclass(frozen=True, slots=True)
class Question:
    """What a model is asked.

    Attributes:
        model: Its name.
        messages: The chat.
        schema: JSON schema of the reply.
        most_tokens: Longest reply.
        seed: Sent along.
    """

    model: str
    messages: Sequence[Message]
    schema: dict[str, object]
    most_tokens: int
    seed: int = 0

    @property
    def body(self) -> dict[str, object]:
        """The request without a format."""
        return {
            "model": self.model,
            "messages": list(self.messages),
            "temperature": 0,
            "seed": self.seed,
            "max_tokens": self.most_tokens,
        }


def model_of(server: ModelServer, guard: Guard, wanted: str | None) -> str:
    """The model to ask for: the one wanted, or the first that the server offers. Raises: ModelServerAway."""
    return wanted or server.cards(guard)[0].id


def completion(server: ModelServer, guard: Guard, asked: Question, tell: OnReply) -> Generator[str, None, None]:
    """The text of a reply, piece by piece.

    A format that the server refuses is not offered again. Some servers fail (5xx) instead of refusing; after that the
    next format is tried, too, but not all of them, since it may be a real fault.

    Raises:
        ModelServerAway, Stopped: As its subclasses say.
    """
    first = server.format
    for place in range(first, len(FORMATS)):
        begun = False
        try:
            with closing(server.stream(asked.body | FORMATS[place].fields(asked.schema), guard, tell)) as pieces:
                for piece in pieces:
                    begun, server.format = True, place
                    yield piece
            return
        except (Rejected, ServerFault) as error:
            last = place + 1 == len(FORMATS)
            fault = isinstance(error, ServerFault) and place - first + 1 >= TRIED_AFTER_A_FAULT
            if begun or last or fault:
                raise
            logger.info("format refused", extra={"server": server.address.root, "format": FORMATS[place].name})


@contextmanager
def agreed(server: ModelServer) -> Iterator[None]:
    """Around the reading of a reply: whether the server kept to the format decides how it is asked next time."""
    try:
        yield
    except Unusable:
        server.distrust(len(FORMATS))
        raise
    server.trusted = True
