"""One question of a conversation and what has become of it so far."""

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Protocol

from generation.model import Answer, AnswerSentence
from generation.writing import Audience
from ingest.errors import FootnoteError
from retrieval.model import Filters

logger = logging.getLogger(__name__)

UNEXPECTED = "Something went wrong while answering. Ask again; if it happens again, run: footnote doctor"


def always() -> bool:
    """Somebody looks on."""
    return True


class Asker(Protocol):
    """The part of the application that answers."""

    def ask(
        self,
        question: str,
        *,
        filters: Filters = ...,
        audience: Audience = ...,
    ) -> Answer:
        """Answer, reporting each sentence as soon as it is verified, and when those so far are void."""
        ...


class Turn:
    """A question that is being answered in the background, so that the page stays usable meanwhile."""

    def __init__(self, number: int, question: str, filters: Filters, filters_in_words: str) -> None:
        self.number = number
        self.question = question
        self.filters = filters
        self.filters_in_words = filters_in_words
        self._streamed: tuple[AnswerSentence, ...] = ()
        self._stopped = threading.Event()
        self._future: Future[Answer] | None = None

    def start(self, asker: Asker, executor: Executor, watched: Callable[[], bool] = always) -> None:
        """Begin to answer; returns at once.

        Args:
            asker: Answers.
            executor: Runs it.
            watched: Whether anybody still looks at the page; called from another thread.
        """
        audience = Audience(self._hear, self._take_back, lambda: self._stopped.is_set() or not watched())
        self._future = executor.submit(asker.ask, self.question, filters=self.filters, audience=audience)
        self._future.add_done_callback(_log_unexpected)

    def stop(self) -> None:
        """Nobody waits for the answer any more."""
        self._stopped.set()

    def _hear(self, sentence: AnswerSentence) -> None:
        self._streamed = (*self._streamed, sentence)

    def _take_back(self) -> None:
        self._streamed = ()

    @property
    def pending(self) -> bool:
        """True until there is an answer or an error."""
        return self._future is not None and not self._future.done()

    @property
    def answer(self) -> Answer | None:
        """The answer, once there is one."""
        if self._future is None or not self._future.done() or self._future.exception() is not None:
            return None
        return self._future.result()

    @property
    def sentences(self) -> tuple[AnswerSentence, ...]:
        """The sentences known so far."""
        return self.answer.sentences if self.answer is not None else self._streamed

    @property
    def error(self) -> str:
        """What went wrong, in words for the person; empty when nothing did."""
        if self._future is None or not self._future.done():
            return ""
        exception = self._future.exception()
        if exception is None:
            return ""
        return str(exception) if isinstance(exception, FootnoteError) else UNEXPECTED


def _log_unexpected(future: Future[Answer]) -> None:
    exception = future.exception()
    if exception is not None and not isinstance(exception, FootnoteError):
        logger.error("answering failed", exc_info=exception)
