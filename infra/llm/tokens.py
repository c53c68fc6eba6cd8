"""How long a prompt is, and how long it may be, by the server's own word where it has one.

Servers differ: vLLM counts a chat at once, TGI too, llama.cpp's server in two steps. Ollama and TensorRT-LLM do not
count; there an estimate that is rather too high stands in.
"""

import json
import math
import re
from collections.abc import Callable, Sequence

from pydantic import BaseModel, ConfigDict, ValidationError

from infra.llm.errors import Refused, ServerFault
from infra.llm.guard import Guard
from infra.llm.server import ModelServer

Message = dict[str, str]
Count = Callable[[ModelServer, Guard, str, Sequence[Message]], int]

ASSUMED_CONTEXT = 4_096
TEMPLATE_TOKENS = 16
LETTERS_A_TOKEN = 2.5
OTHER_TOKENS = 2.0
LETTERS = re.compile(r"[A-Za-z]")
PLAIN = re.compile(r"[!-@\[-`{-~\n\t]| (?= )")


class _Counted(BaseModel):
    model_config = ConfigDict(extra="ignore")
    count: int


class _Tokens(BaseModel):
    model_config = ConfigDict(extra="ignore")
    tokens: list[object]


class _Templated(BaseModel):
    model_config = ConfigDict(extra="ignore")
    prompt: str


class _ChatTokens(BaseModel):
    model_config = ConfigDict(extra="ignore")
    tokenize_response: list[object]


class _Slot(BaseModel):
    model_config = ConfigDict(extra="ignore")
    n_ctx: int


class _Props(BaseModel):
    model_config = ConfigDict(extra="ignore")
    default_generation_settings: _Slot


class _Info(BaseModel):
    model_config = ConfigDict(extra="ignore")
    max_total_tokens: int


def _vllm(server: ModelServer, guard: Guard, model: str, messages: Sequence[Message]) -> int:
    body: dict[str, object] = {"model": model, "messages": list(messages), "add_generation_prompt": True}
    return _Counted.model_validate_json(server.fetch("POST", "/tokenize", guard, body)).count


def _tgi(server: ModelServer, guard: Guard, model: str, messages: Sequence[Message]) -> int:
    body: dict[str, object] = {"model": model, "messages": list(messages)}
    return len(_ChatTokens.model_validate_json(server.fetch("POST", "/chat_tokenize", guard, body)).tokenize_response)


def _llama_cpp(server: ModelServer, guard: Guard, model: str, messages: Sequence[Message]) -> int:
    del model
    templated = server.fetch("POST", "/apply-template", guard, {"messages": list(messages)})
    body: dict[str, object] = {"content": _Templated.model_validate_json(templated).prompt, "add_special": True}
    return len(_Tokens.model_validate_json(server.fetch("POST", "/tokenize", guard, body)).tokens)


def _estimated(server: ModelServer, guard: Guard, model: str, messages: Sequence[Message]) -> int:
    del server, guard, model
    return estimate(messages)


DIALECTS: dict[str, Count] = {"vllm": _vllm, "llama.cpp": _llama_cpp, "tgi": _tgi, "estimate": _estimated}


def estimate(messages: Sequence[Message]) -> int:
    """Tokens of a chat, rather too many than too few.

    A token for 2.5 letters, one for each digit and sign (many tokenizers split numbers into digits), two for each
    character beyond ASCII, 16 a message for its template.

    Args:
        messages: With `role` and `content`.
    """
    return sum(_text_tokens(one["content"]) + TEMPLATE_TOKENS for one in messages)


def at_most(messages: Sequence[Message]) -> int:
    """A bound that holds for every tokenizer that knows bytes: a token is at least one of them."""
    return sum(len(one["content"].encode()) + 2 * TEMPLATE_TOKENS for one in messages)


def count(server: ModelServer, guard: Guard, model: str, messages: Sequence[Message]) -> int:
    """Tokens of a chat with the model's template, exact where the server counts.

    Raises:
        ModelServerAway, Stopped: The server cannot be asked.
    """
    known = [server.dialect] if server.dialect else list(DIALECTS)
    for name in known:
        try:
            tokens = DIALECTS[name](server, guard, model, messages)
        except (Refused, ServerFault, ValidationError):
            if server.dialect:
                return estimate(messages)
            continue
        server.dialect = name
        return tokens
    return estimate(messages)


def context_length(server: ModelServer, guard: Guard, model: str) -> int | None:
    """Tokens of prompt and reply together, by the server's own word; `None` where it says nothing.

    Raises:
        ModelServerAway, Stopped: The server cannot be asked.
    """
    if model not in server.contexts:
        server.contexts[model] = _told_context(server, guard, model)
    return server.contexts[model]


def _told_context(server: ModelServer, guard: Guard, model: str) -> int | None:
    for card in server.cards(guard):
        if card.id == model and card.max_model_len:
            return card.max_model_len
    for path, shape in (("/props", _Props), ("/info", _Info)):
        try:
            told = shape.model_validate_json(server.fetch("GET", path, guard))
        except (Refused, ServerFault, ValidationError):
            continue
        return told.default_generation_settings.n_ctx if isinstance(told, _Props) else told.max_total_tokens
    return None


def _text_tokens(text: str) -> int:
    other = sum(not character.isascii() for character in text)
    letters = len(LETTERS.findall(text))
    return math.ceil(letters / LETTERS_A_TOKEN) + len(PLAIN.findall(text)) + math.ceil(OTHER_TOKENS * other)


def as_json(messages: Sequence[Message]) -> str:
    """Messages in one spelling, for a fingerprint."""
    return json.dumps(list(messages), ensure_ascii=False, sort_keys=True)
