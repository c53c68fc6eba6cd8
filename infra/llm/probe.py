"""Finds out what a language model server can do, by trying."""

import json
import logging
from collections.abc import Generator
from dataclasses import dataclass

from generation.prompt import messages
from infra.llm.asking import Question, completion, model_of
from infra.llm.errors import CutOff, ModelServerAway, PromptTooLong
from infra.llm.formats import FORMATS
from infra.llm.guard import Guard
from infra.llm.protocol import Reply, chunk, unheard
from infra.llm.server import Body, ModelServer
from infra.llm.servers import Connection, ModelServers
from infra.llm.tokens import context_length, count

logger = logging.getLogger(__name__)

SCHEMA: dict[str, object] = {
    "type": "object",
    "properties": {"ready": {"type": "boolean"}},
    "required": ["ready"],
    "additionalProperties": False,
}
GREETING = [{"role": "user", "content": "Say hello in one word."}]
CACHING = 'enable_prefix_caching="'


@dataclass(frozen=True, slots=True)
class Abilities:
    """What a server can do.

    Attributes:
        server: Its address.
        model: The model that is asked.
        offered: All that it offers.
        context: Context length in tokens; `None` where the server does not tell it.
        structured: The format in which it keeps to a schema; empty where it does in none.
        prefix_caching: Whether it keeps what prompts have in common; `None` where that cannot be seen.
        log_probabilities: Whether it tells them.
        counts: How it counts tokens: `vllm`, `llama.cpp`, `tgi`, or `estimate` where it does not.
    """

    server: str
    model: str
    offered: tuple[str, ...]
    context: int | None
    structured: str
    prefix_caching: bool | None
    log_probabilities: bool
    counts: str


def probe(connection: Connection, model: str | None) -> list[Abilities | ModelServerAway]:
    """What each of the servers can do, or what is wrong with it.

    Args:
        connection: How to reach them.
        model: The model that is set; `None` for the first that a server offers.
    """
    with ModelServers(connection) as servers:
        return [_probed(servers, server, model) for server in servers.servers]


def _probed(servers: ModelServers, server: ModelServer, model: str | None) -> Abilities | ModelServerAway:
    try:
        with servers.guard() as guard:
            return _abilities(server, guard, model)
    except ModelServerAway as error:
        return error


def _abilities(server: ModelServer, guard: Guard, model: str | None) -> Abilities:
    offered = tuple(card.id for card in server.cards(guard))
    asked = model_of(server, guard, model)
    prompt = messages("Is anybody there?", [])
    structured = _structured(server, guard, asked)
    count(server, guard, asked, prompt)
    return Abilities(
        server=server.address.root,
        model=asked,
        offered=offered,
        context=context_length(server, guard, asked),
        structured=structured,
        prefix_caching=_caches(server, guard, asked),
        log_probabilities=_tells_probabilities(server, guard, asked),
        counts=server.dialect or "estimate",
    )


def _structured(server: ModelServer, guard: Guard, model: str) -> str:
    """The first format in which a greeting comes back as the JSON that was demanded instead."""
    for place, one in enumerate(FORMATS):
        server.format = place
        if not one.enforced:
            break
        try:
            reply = "".join(_said(server, guard, model))
            if isinstance(json.loads(reply).get("ready"), bool):
                return FORMATS[server.format].name
        except (ValueError, AttributeError, CutOff):
            logger.info("format not kept", extra={"server": server.address.root, "format": one.name})
    return ""


def _said(server: ModelServer, guard: Guard, model: str) -> Generator[str, None, None]:
    return completion(server, guard, Question(model, GREETING, SCHEMA, 64), unheard)


def _tells_probabilities(server: ModelServer, guard: Guard, model: str) -> bool:
    body: Body = {"model": model, "messages": GREETING, "max_tokens": 1, "temperature": 0, "logprobs": True}
    try:
        return chunk(server.fetch("POST", "/v1/chat/completions", guard, body)).has_log_probabilities
    except ModelServerAway:
        guard.check()
        return False


def _caches(server: ModelServer, guard: Guard, model: str) -> bool | None:
    """By the server's own metrics, else by whether it says that a prompt's beginning was there the second time."""
    try:
        metrics = server.fetch("GET", "/metrics", guard).decode(errors="replace")
    except ModelServerAway:
        guard.check()
        metrics = ""
    if CACHING in metrics:
        return metrics.split(CACHING, 1)[1].startswith("True")
    replies: list[Reply] = []
    body: Body = {"model": model, "messages": messages("Is anybody there?", []), "max_tokens": 1, "temperature": 0}
    for _ in range(2):
        try:
            "".join(server.stream(body, guard, replies.append))
        except CutOff:
            continue
        except PromptTooLong:
            return None
    cached = replies[-1].cached_tokens if replies else None
    return None if cached is None else cached > 0
