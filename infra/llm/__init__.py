"""Language models behind OpenAI-compatible servers: vLLM, Ollama, TGI, llama.cpp, TensorRT-LLM.

From the outside in: `drafter` writes answers, `servers` picks a server and tries again, `server` makes one call,
`protocol` and `formats` know what servers differ in.
"""

from infra.llm.drafter import OpenAiDrafter
from infra.llm.errors import ModelServerAway
from infra.llm.servers import Connection, ModelServers

__all__ = ["Connection", "ModelServerAway", "ModelServers", "OpenAiDrafter"]
