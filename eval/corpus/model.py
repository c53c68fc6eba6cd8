"""Questions made from a chunk by the language model that answers."""

import logging
from collections.abc import Generator
from types import TracebackType
from typing import Self

import httpx
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from app.settings import Settings
from infra.llm import Connection, ModelServers
from infra.llm.asking import Question, completion, model_of
from infra.llm.errors import CutOff, Unusable
from infra.llm.guard import Guard
from infra.llm.protocol import unheard
from infra.llm.server import ModelServer
from ingest.context import contextual_text
from retrieval.model import Passage

logger = logging.getLogger(__name__)

MOST_TOKENS = 96
MOST_CHARACTERS = 2_000
SYSTEM = (
    "You write test questions for a search engine. You are given one passage of a document. Write the one question that"
    " a person would type who needs a fact of this passage and has never seen it. Ask for something that only this"
    " passage says. Use everyday words rather than the passage's own. Do not mention the passage or the document."
    ' Reply with JSON: {"question": "..."}'
)
SCHEMA: dict[str, object] = {
    "type": "object",
    "properties": {"question": {"type": "string"}},
    "required": ["question"],
    "additionalProperties": False,
}


class _Asked(BaseModel):
    model_config = ConfigDict(extra="ignore")
    question: str = Field(min_length=8, max_length=400)


class ModelQuestions:
    """Asks a language model for questions, at temperature 0.

    Args:
        settings: Where the server is; `llm_url` is set.
        seed: Sent with every request.
        transport: Replaces the network in tests.
    """

    def __init__(self, settings: Settings, seed: int, transport: httpx.BaseTransport | None = None) -> None:
        key = settings.llm_api_key.get_secret_value() if settings.llm_api_key else None
        self._seed = seed
        self._model = settings.llm_model
        self._servers = ModelServers(
            Connection(settings.llm_url or "", key, settings.llm_timeout_s), transport=transport
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._servers.close()

    def question(self, passage: Passage) -> str | None:
        """A question that the passage answers; `None` where the model's reply cannot be used.

        Raises:
            ModelServerAway: The server cannot be reached or refuses.
        """
        text = contextual_text(passage.title, passage.heading_path, passage.text)[:MOST_CHARACTERS]
        prompt = [{"role": "system", "content": SYSTEM}, {"role": "user", "content": text}]
        try:
            return _question("".join(self._servers.run(lambda server, guard: self._asked(server, guard, prompt))))
        except (Unusable, CutOff) as error:
            logger.info("the model wrote no question", extra={"reason": str(error)})
            return None

    def _asked(self, server: ModelServer, guard: Guard, prompt: list[dict[str, str]]) -> Generator[str, None, None]:
        model = model_of(server, guard, self._model)
        yield from completion(server, guard, Question(model, prompt, SCHEMA, MOST_TOKENS, self._seed), unheard)


def _question(said: str) -> str | None:
    try:
        return " ".join(_Asked.model_validate_json(said).question.split())
    except ValidationError as error:
        logger.info("the model wrote no question", extra={"reason": str(error)})
        return None
