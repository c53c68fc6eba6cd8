"""A language model as a drafter: structured output at temperature 0, sentence by sentence."""

import hashlib
import logging
from bisect import bisect_right
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing

from generation.model import DraftSentence, Evidence
from generation.ports import Cancelled, never
from generation.prompt import messages, schema
from generation.unfold import Garbled, unfold
from infra.llm.asking import Question, agreed, completion, model_of
from infra.llm.errors import PromptTooLong, Unusable
from infra.llm.guard import Guard
from infra.llm.protocol import unheard
from infra.llm.server import ModelServer, OnReply
from infra.llm.servers import ModelServers
from infra.llm.tokens import ASSUMED_CONTEXT, as_json, at_most, context_length, count

logger = logging.getLogger(__name__)

MOST_TOKENS = 512


class OpenAiDrafter:
    """Drafts answers with a model behind one or several servers. May be used by many threads.

    Args:
        servers: Where the model is; closed by who made them.
        model: Model name; `None` takes the first that a server offers.
        context: Context length in tokens, where the server's own word must not count.
        on_reply: Told of each reply how it went.
    """

    def __init__(
        self,
        servers: ModelServers,
        model: str | None = None,
        context: int | None = None,
        on_reply: OnReply = unheard,
    ) -> None:
        self._servers = servers
        self._model = model
        self._wrote = model
        self._context = context
        self._on_reply = on_reply

    @property
    def name(self) -> str:
        """The model's name; without one set, that of the model that wrote last."""
        return self._wrote or "language model"

    def draft(
        self, question: str, evidence: Sequence[Evidence], cancelled: Cancelled = never
    ) -> Generator[DraftSentence, None, None]:
        """Ask the model for sentences with line numbers; each comes when its JSON is complete.

        Raises:
            ModelServerAway: No reply, or none of the agreed form. What came before is void.
            Stopped: `cancelled` said so.
        """
        return self._servers.run(lambda server, guard: self._sentences(server, guard, question, evidence), cancelled)

    def _sentences(
        self, server: ModelServer, guard: Guard, question: str, evidence: Sequence[Evidence]
    ) -> Generator[DraftSentence, None, None]:
        """By one server; a prompt that it finds too long nevertheless is halved."""
        model = model_of(server, guard, self._model)
        fitting = self.fitting(server, guard, model, question, evidence)
        while True:
            try:
                yield from self._written(server, guard, model, question, fitting)
                return
            except PromptTooLong as error:
                if len(fitting) < 2:
                    raise
                server.contexts[model] = error.context or server.contexts.get(model)
                fitting = fitting[: len(fitting) // 2]

    def _written(
        self, server: ModelServer, guard: Guard, model: str, question: str, evidence: Sequence[Evidence]
    ) -> Iterator[DraftSentence]:
        prompt = messages(question, evidence)
        logger.debug("prompt", extra={"sha256": hashlib.sha256(as_json(prompt).encode()).hexdigest()})
        self._wrote = model
        asked = Question(model, prompt, schema(evidence), MOST_TOKENS)
        offered = {one.number for one in evidence}
        with agreed(server), closing(completion(server, guard, asked, self._on_reply)) as pieces:
            try:
                for sentence in unfold(pieces):
                    yield _known(sentence, offered)
            except Garbled as error:
                raise Unusable(f"{Unusable.message} ({error})") from error

    def fitting(
        self, server: ModelServer, guard: Guard, model: str, question: str, evidence: Sequence[Evidence]
    ) -> Sequence[Evidence]:
        """As much evidence as fits into the context beside the reply: the best, without the last.

        The server is asked for counts only where even the bytes are more than what fits.
        """
        room = (self._context or context_length(server, guard, model) or ASSUMED_CONTEXT) - MOST_TOKENS

        def tokens(lines: int) -> int:
            prompt = messages(question, evidence[:lines])
            bound = at_most(prompt)
            return bound if bound <= room else count(server, guard, model, prompt)

        if tokens(len(evidence)) <= room:
            return evidence
        lines = bisect_right(range(1, len(evidence)), room, key=tokens)
        if not lines:
            raise PromptTooLong
        logger.info("evidence left out", extra={"kept": lines, "found": len(evidence), "room": room})
        return evidence[:lines]


def _known(sentence: DraftSentence, offered: set[int]) -> DraftSentence:
    """With the lines that were offered only."""
    lines = tuple(line for line in sentence.evidence if line in offered)
    if not lines:
        raise Unusable(f"{Unusable.message} (It cites lines that were not offered: {list(sentence.evidence)})")
    return DraftSentence(sentence.text, lines)
