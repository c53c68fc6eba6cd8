"""Has an answer written sentence by sentence, and begins anew with another writer where one breaks off."""

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from generation.model import AnswerSentence, DraftSentence
from generation.ports import Cancelled, Drafter, never
from ingest.errors import Stopped, Transient

logger = logging.getLogger(__name__)

OnSentence = Callable[[AnswerSentence], None]
OnRestart = Callable[[], None]
Draft = Callable[[Drafter], Iterable[DraftSentence]]
Verified = Callable[[Iterable[DraftSentence]], Iterable[AnswerSentence]]


def ignore(*_: object) -> None:
    """Does nothing."""


@dataclass(frozen=True, slots=True)
class Audience:
    """Who waits for an answer.

    Attributes:
        on_sentence: Called with each sentence once it is verified.
        on_restart: Called when all sentences so far are void, because their writer broke off. Others follow.
        cancelled: Whether nobody waits any more.
    """

    on_sentence: OnSentence = ignore
    on_restart: OnRestart = ignore
    cancelled: Cancelled = never


NOBODY = Audience()


@dataclass(frozen=True, slots=True)
class Written:
    """What one writer wrote to its end.

    Attributes:
        by: The writer's name.
        sentences: Verified, in order.
        notice: Why it was not the writer meant for it, in words for the reader; empty where it was.
    """

    by: str
    sentences: list[AnswerSentence] = field(default_factory=list)
    notice: str = ""


def write(writers: Sequence[Drafter], draft: Draft, verified: Verified, audience: Audience = NOBODY) -> Written:
    """The answer of the first writer that comes to its end.

    A sentence is announced as soon as it is verified. Where its writer breaks off afterwards, the audience is told to
    forget everything, and the next writer begins anew: an answer never has two writers, and never half of one.

    Args:
        writers: In order of preference, at least one.
        draft: Has a writer draft.
        verified: What of the drafted sentences may be shown.
        audience: Who waits.

    Raises:
        Transient: The last writer broke off.
        Stopped: Nobody waits any more.
    """
    notice = ""
    *preferred, last = writers
    for writer in preferred:
        sentences: list[AnswerSentence] = []
        try:
            _take_down(sentences, draft(writer), verified, audience)
        except Transient as error:
            logger.warning("a writer broke off", extra={"writer": writer.name, "reason": str(error)})
            notice = notice or str(error)
            if sentences:
                audience.on_restart()
        else:
            return Written(writer.name, sentences, notice)
    sentences = []
    _take_down(sentences, draft(last), verified, audience)
    return Written(last.name, sentences, notice)


def _take_down(
    sentences: list[AnswerSentence], drafts: Iterable[DraftSentence], verified: Verified, audience: Audience
) -> None:
    with _closed(drafts):
        for sentence in verified(drafts):
            if audience.cancelled():
                raise Stopped
            sentences.append(sentence)
            audience.on_sentence(sentence)


@contextmanager
def _closed(drafts: Iterable[DraftSentence]) -> Iterator[None]:
    """However it ends: a writer that waits for the network lets go of it at once."""
    try:
        yield
    finally:
        close = getattr(drafts, "close", None)
        if close is not None:
            close()
