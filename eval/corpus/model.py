"""Questions made from a chunk by the language model that answers."""

import logging
from types import TracebackType
from typing import Self

import httpx
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from app.settings import Settings
from infra.llm import ModelServerAway, OpenAiDrafter
from ingest.context import contextual_text
from retrieval.model import Passage

logger = logging.getLogger(__name__)

MOST_TOKENS = 96
MOST_CHARACTERS = 2_000
REFUSED_FORMAT = frozenset({400, 422, 500, 501})
SYSTEM = (
    "You write test questions for a search engine. You are given one passage of a document. Write the one question that"
    " a person would type who needs a fact of this passage and has never seen it. Ask for something that only this"
    " passage says. Use everyday words rather than the passage's own. Do not mention the passage or the document."
    ' Reply with JSON: {"question": "..."}'
)
SCHEMA = {
    "type": "object",
    "properties": {"question": {"type": "string"}},
    "required": ["question"],
    "additionalProperties": False,
}


class _Asked(BaseModel):
    model_config = ConfigDict(extra="ignore")
    question: str = Field(min_length=8, max_length=400)


class _Message(BaseModel):
    model_config = ConfigDict(extra="ignore")
    content: str


class _Choice(BaseModel):
    model_config = ConfigDict(extra="ignore")
    message: _Message


class _Completion(BaseModel):
    model_config = ConfigDict(extra="ignore")
    choices: list[_Choice] = Field(min_length=1)


class ModelQuestions:
    """Asks a language model for questions, at temperature 0.

    Args:
        settings: Where the server is; `llm_url` is set.
        seed: Sent with every request.
        transport: Replaces the network in tests.
    """

    def __init__(self, settings: Settings, seed: int, transport: httpx.BaseTransport | None = None) -> None:
        key = settings.llm_api_key.get_secret_value() if settings.llm_api_key else None
        url = settings.llm_url or ""
        self._seed = seed
        self._model = settings.llm_model
        self._drafter = OpenAiDrafter(url, self._model, key, settings.llm_timeout_s, transport)
        self._client = httpx.Client(
            base_url=url.rstrip("/").removesuffix("/v1") + "/v1",
            headers={"Authorization": f"Bearer {key}"} if key else {},
            timeout=settings.llm_timeout_s,
            transport=transport,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()
        self._drafter.close()

    def question(self, passage: Passage) -> str | None:
        """A question that the passage answers; `None` where the model's reply cannot be used.

        Raises:
            ModelServerAway: The server cannot be reached or refuses.
        """
        self._model = self._model or self._drafter.offered()[0]
        text = contextual_text(passage.title, passage.heading_path, passage.text)[:MOST_CHARACTERS]
        body = {
            "model": self._model,
            "messages": [{"role": "system", "content": SYSTEM}, {"role": "user", "content": text}],
            "temperature": 0,
            "seed": self._seed,
            "max_tokens": MOST_TOKENS,
        }
        wanted = {"type": "json_schema", "json_schema": {"name": "question", "strict": True, "schema": SCHEMA}}
        try:
            reply = self._client.post("chat/completions", json=body | {"response_format": wanted})
            if reply.status_code in REFUSED_FORMAT:
                wanted = {"type": "json_object", "schema": SCHEMA}
                reply = self._client.post("chat/completions", json=body | {"response_format": wanted})
            content = reply.raise_for_status().content
        except httpx.HTTPError as error:
            raise ModelServerAway from error
        return _question(content)


def _question(content: bytes) -> str | None:
    try:
        said = _Completion.model_validate_json(content).choices[0].message.content
        return " ".join(_Asked.model_validate_json(said).question.split())
    except ValidationError as error:
        logger.info("the model wrote no question", extra={"reason": str(error)})
        return None
