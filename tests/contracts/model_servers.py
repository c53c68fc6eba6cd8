"""Imitations of language model servers, each with its own reading of the OpenAI protocol.

Drawn from the servers' sources and documentation (docs/models.md); vLLM's is checked against the real one by
`make test-llm`. An imitation answers with the JSON of the schema where it understood the demand, and as the model would
without a grammar where it did not.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.unit.infra.llm.model_server import GOOD, Answering, ModelServerState, Wire

PROSE = "Casual leave is 12 days, as line 1 says."
USAGE = {"prompt_tokens": 280, "completion_tokens": 30, "total_tokens": 310}
TOO_LONG_CHARACTERS = 6_000

Schema = dict[str, Any]
Understood = Callable[[dict[str, Any]], Schema | int | None]


@dataclass(frozen=True, slots=True)
class Imitation:
    """One kind of server.

    Attributes:
        name: Which.
        understood: The schema of a request that its grammar will keep to; `None` where it takes the request without
            keeping to anything; an HTTP status where it refuses it.
        ending: Its word for an end that the model chose.
        too_long: Status and words for a prompt that does not fit; `None` where it cuts the prompt in silence.
        usage: Whether a stream ends with usage where that is asked for.
        context: What it says of its context length; `None` where it says nothing.
        other: Its other addresses.
        takes: The format in which it keeps to a schema.
        card: Fields of its model's card.
    """

    name: str
    understood: Understood
    ending: str = "stop"
    too_long: tuple[int, Any] | None = None
    usage: bool = True
    context: int | None = None
    counts: bool = False
    takes: str = "json_schema"
    other: dict[str, Answering] = field(default_factory=dict)
    card: dict[str, Any] = field(default_factory=dict)

    def play(self, state: ModelServerState) -> None:
        """Make a server behave like this."""
        state.models = {"object": "list", "data": [{"id": "a-model", "object": "model", **self.card}]}
        state.other.update(self.other)
        state.answering = [self._answer]

    def _answer(self, wire: Wire) -> None:
        length = sum(len(one["content"]) for one in wire.body["messages"])
        if self.too_long and length > TOO_LONG_CHARACTERS:
            wire.send(*self.too_long)
            return
        schema = self.understood(wire.body)
        if isinstance(schema, int):
            wire.send(schema, {"error": {"message": "unknown response_format"}})
        elif schema is None or not schema.get("properties"):
            wire.stream(PROSE, self.ending)
        elif "sentences" not in schema["properties"]:
            wire.stream('{"ready": true}', self.ending)
        else:
            wanted = wire.body.get("stream_options", {}).get("include_usage")
            wire.stream(GOOD, self.ending, USAGE if self.usage and wanted else None)


def _format(body: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = body.get("response_format") or {}
    return found


def _open_ai(body: dict[str, Any]) -> Schema | None:
    wrapped: Schema = _format(body).get("json_schema") or {}
    return wrapped.get("schema")


def _vllm(body: dict[str, Any]) -> Schema | int | None:
    if "structured_outputs" in body:
        return dict(body["structured_outputs"]["json"])
    if _format(body).get("type") not in (None, "text", "json_object", "json_schema"):
        return 400
    return _open_ai(body)


def _old_ollama(body: dict[str, Any]) -> Schema | None:
    """Before 0.5: `json_object` is JSON of any form, all else is ignored."""
    del body
    return None


def _ollama(body: dict[str, Any]) -> Schema | None:
    return _open_ai(body) if _format(body).get("type") == "json_schema" else None


def _llama_cpp(body: dict[str, Any]) -> Schema | int | None:
    kind = _format(body).get("type")
    if kind == "json_object":
        return dict(_format(body).get("schema", {}))
    return _open_ai(body) if kind in (None, "text", "json_schema") else 400


def _llama_cpp_python(body: dict[str, Any]) -> Schema | int | None:
    if _format(body).get("type") == "json_schema":
        return 500
    return dict(_format(body).get("schema", {}))


def _tgi(body: dict[str, Any]) -> Schema | int | None:
    """A grammar has a type and a value; `json_object` stands for `json`."""
    given = _format(body)
    if not given:
        return None
    if given.get("type") not in ("json", "json_object", "regex") or "value" not in given:
        return 422
    return dict(given["value"])


def _tensorrt_llm(body: dict[str, Any]) -> Schema | int | None:
    """Unknown fields are refused; the schema is unwrapped."""
    if "structured_outputs" in body:
        return 400
    kind = _format(body).get("type")
    if kind == "json_schema":
        return _open_ai(body)
    return dict(_format(body)["schema"]) if kind == "json" and "schema" in _format(body) else None


def _old_tensorrt_llm(body: dict[str, Any]) -> Schema | int | None:
    """There is no `json_schema` yet."""
    if "structured_outputs" in body or _format(body).get("type") == "json_schema" or "value" in _format(body):
        return 400
    return dict(_format(body)["schema"]) if _format(body).get("type") == "json" else None


def _count(wire: Wire) -> None:
    if "messages" in wire.body:
        wire.send(200, {"count": _tokens(wire.body["messages"]), "max_model_len": 8192, "tokens": []})
    else:
        wire.send(400, {"error": {"message": "prompt or messages are required"}})


def _llama_tokens(wire: Wire) -> None:
    wire.send(200, {"tokens": [0] * (len(wire.body.get("content", "")) // 4)})


def _template(wire: Wire) -> None:
    wire.send(200, {"prompt": "".join(one["content"] for one in wire.body["messages"])})


def _tgi_count(wire: Wire) -> None:
    tokens = [{"id": 0, "text": "", "start": 0, "stop": 0}] * _tokens(wire.body["messages"])
    wire.send(200, {"tokenize_response": tokens, "templated_text": ""})


def _tokens(messages: list[dict[str, str]]) -> int:
    return sum(len(one["content"]) for one in messages) // 4


def _told(value: object) -> Answering:
    return lambda wire: wire.send(200, value)


CUT = {"error": {"message": "This model's maximum context length is 1500 tokens. However, your prompt contains 1501."}}
SLOT = {"error": {"code": 400, "type": "exceed_context_size_error", "message": "request (9412 tokens) exceeds the "
        "available context size (1500 tokens), try increasing it", "n_ctx": 1500}}  # fmt: skip
TGI_CUT = {"error": "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 1500.", "error_type": "v"}
TRT_CUT = {"object": "error", "message": "The sum of prompt length (9000) should not exceed max_num_tokens (1500)"}

IMITATIONS = (
    Imitation(
        "vLLM", _vllm, too_long=(400, CUT), context=8192, counts=True, other={"/tokenize": _count},
        card={"max_model_len": 8192, "owned_by": "vllm"},
    ),
    Imitation("Ollama", _ollama),
    Imitation(
        "llama.cpp", _llama_cpp, too_long=(400, SLOT), context=8192, counts=True,
        other={"/tokenize": _llama_tokens, "/apply-template": _template,
               "/props": _told({"default_generation_settings": {"n_ctx": 8192}, "total_slots": 1})},
    ),
    Imitation("llama-cpp-python", _llama_cpp_python, too_long=(400, CUT), takes="json_object with a schema"),
    Imitation(
        "TGI", _tgi, takes="json with a value", ending="eos_token", too_long=(422, TGI_CUT), context=8192, counts=True,
        other={"/chat_tokenize": _tgi_count, "/tokenize": lambda wire: wire.send(422, {"error": "missing inputs"}),
               "/info": _told({"model_id": "a-model", "max_input_tokens": 7680, "max_total_tokens": 8192})},
    ),
    Imitation("TensorRT-LLM", _tensorrt_llm, too_long=(400, TRT_CUT)),
    Imitation(
        "TensorRT-LLM before json_schema", _old_tensorrt_llm, too_long=(400, TRT_CUT), takes="json with a schema"
    ),
)  # fmt: skip

LOOSE = Imitation("Ollama before 0.5", _old_ollama)
