"""The ways to ask for JSON of a schema, which servers differ in."""

from collections.abc import Callable
from dataclasses import dataclass

Body = dict[str, object]
Schema = dict[str, object]


@dataclass(frozen=True, slots=True)
class Format:
    """One way.

    Attributes:
        name: For logs and `footnote doctor`.
        fields: What is added to a request.
        enforced: Whether a server that takes it keeps to the schema by its grammar.
    """

    name: str
    fields: Callable[[Schema], Body]
    enforced: bool = True


def _open_ai(schema: Schema) -> Body:
    return {
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "answer", "strict": True, "schema": schema},
        }
    }


FORMATS = (
    Format("json_schema", _open_ai),
    Format("json_object with a schema", lambda schema: {"response_format": {"type": "json_object", "schema": schema}}),
    Format("structured_outputs", lambda schema: {"structured_outputs": {"json": schema}}),
    Format("json with a schema", lambda schema: {"response_format": {"type": "json", "schema": schema}}),
    Format("json with a value", lambda schema: {"response_format": {"type": "json", "value": schema}}),
    Format("json_object", lambda _: {"response_format": {"type": "json_object"}}, enforced=False),
    Format("none", lambda _: {}, enforced=False),
)
"""In the order in which they are tried.

OpenAI, vLLM, Ollama, llama.cpp's server and TensorRT-LLM take the first; llama-cpp-python takes the second; vLLM knows
the third beside the first; older releases of TensorRT-LLM take the fourth, TGI the fifth. The rest leaves it to the
model, and the check of the reply decides.
"""
