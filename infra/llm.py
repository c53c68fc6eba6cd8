"""A language model behind an OpenAI-compatible server (vLLM, Ollama, TGI, llama.cpp, TensorRT-LLM)."""

import logging
from collections.abc import Sequence
from types import TracebackType
from typing import Self

import httpx
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from generation.model import DraftSentence, Evidence
from generation.prompt import ModelAnswer, messages, schema
from ingest.errors import Transient

logger = logging.getLogger(__name__)

MOST_TOKENS = 512
REFUSED_FORMAT = frozenset({400, 422, 500, 501})


class ModelServerAway(Transient):
    """The server is not reachable, too slow, or returns what cannot be used."""

    message = "The language model server cannot be used at the moment."


class _Message(BaseModel):
    model_config = ConfigDict(extra="ignore")
    content: str | None = None


class _Choice(BaseModel):
    model_config = ConfigDict(extra="ignore")
    message: _Message


class _Completion(BaseModel):
    model_config = ConfigDict(extra="ignore")
    choices: list[_Choice] = Field(min_length=1)


class _Model(BaseModel):
    model_config = ConfigDict(extra="ignore")
    id: str


class _Models(BaseModel):
    model_config = ConfigDict(extra="ignore")
    data: list[_Model] = Field(min_length=1)


class OpenAiDrafter:
    """Drafts answers with structured output at temperature 0.

    Args:
        url: Base address, with or without `/v1`.
        model: Model name; `None` takes the first that the server offers, at the first use.
        api_key: Sent as a bearer token where given.
        timeout_s: Seconds for one reply.
        transport: Replaces the network in tests.
    """

    def __init__(
        self,
        url: str,
        model: str | None,
        api_key: str | None,
        timeout_s: float,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        base = url.rstrip("/").removesuffix("/v1") + "/v1"
        headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
        timeout = httpx.Timeout(timeout_s, connect=min(5.0, timeout_s))
        self._client = httpx.Client(base_url=base, headers=headers, timeout=timeout, transport=transport)
        self._model = model

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    @property
    def name(self) -> str:
        """The model's name."""
        return self._model or "language model"

    def offered(self) -> list[str]:
        """The models that the server offers.

        Raises:
            ModelServerAway: It does not answer as an OpenAI-compatible server.
        """
        try:
            reply = self._client.get("models").raise_for_status()
            return [one.id for one in _Models.model_validate_json(reply.content).data]
        except (httpx.HTTPError, ValidationError) as error:
            raise ModelServerAway from error

    def draft(self, question: str, evidence: Sequence[Evidence]) -> list[DraftSentence]:
        """Ask the model for sentences with line numbers.

        Raises:
            ModelServerAway: No reply, or none that fits the schema.
        """
        self._model = self._model or self.offered()[0]
        wanted = schema(evidence)
        formats: list[dict[str, object]] = [
            {"type": "json_schema", "json_schema": {"name": "answer", "strict": True, "schema": wanted}},
            {"type": "json_object", "schema": wanted},
        ]
        body: dict[str, object] = {
            "model": self._model,
            "messages": messages(question, evidence),
            "temperature": 0,
            "seed": 0,
            "max_tokens": MOST_TOKENS,
        }
        try:
            reply = self._client.post("chat/completions", json=body | {"response_format": formats[0]})
            if reply.status_code in REFUSED_FORMAT:
                reply = self._client.post("chat/completions", json=body | {"response_format": formats[1]})
            completion = _Completion.model_validate_json(reply.raise_for_status().content)
            return ModelAnswer.model_validate_json(completion.choices[0].message.content or "").drafts()
        except (httpx.HTTPError, ValidationError) as error:
            raise ModelServerAway from error
