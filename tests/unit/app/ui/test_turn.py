import logging
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from app.ui.turn import UNEXPECTED, Turn
from app.ui.turn_view import turn_view
from app.ui.watching import Watching
from generation.model import Answer
from generation.writing import NOBODY, Audience
from ingest.errors import Transient
from retrieval.model import Filters
from tests.unit.app.ui.samples import answer, citation, hit, sentence

ONE = sentence("Eight days.", citation("one"))
TWO = sentence("Half days too.", citation("two"))
FILTERS = Filters(tags=("hr",))


class Slow:
    """Answers when it is told to."""

    def __init__(self, outcome: Answer | Exception) -> None:
        self.outcome = outcome
        self.first = threading.Event()
        self.go = threading.Event()
        self.filters: Filters | None = None
        self.audience = NOBODY

    def ask(
        self,
        question: str,
        *,
        filters: Filters = FILTERS,
        audience: Audience = NOBODY,
    ) -> Answer:
        self.filters = filters
        self.audience = audience
        audience.on_sentence(ONE)
        self.first.set()
        assert self.go.wait(10)
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome


@pytest.fixture
def executor() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as pool:
        yield pool


def asked(executor: ThreadPoolExecutor, outcome: Answer | Exception) -> tuple[Turn, Slow]:
    turn, slow = Turn(4, "How many?", FILTERS, "tag hr"), Slow(outcome)
    turn.start(slow, executor)
    assert slow.first.wait(10)
    return turn, slow


def finish(executor: ThreadPoolExecutor, slow: Slow) -> None:
    slow.go.set()
    executor.shutdown(wait=True)


def test_sentences_show_while_the_answer_is_still_written(executor: ThreadPoolExecutor) -> None:
    turn, slow = asked(executor, answer(ONE, TWO))
    view = turn_view(turn)
    assert (view.state, [each.text for each in view.sentences]) == ("pending", ["Eight days."])
    assert [note.number for note in view.notes] == [1]
    assert view.message
    assert slow.filters == FILTERS
    finish(executor, slow)
    done = turn_view(turn)
    assert (done.state, len(done.sentences), done.message) == ("answered", 2, "")


def test_what_was_taken_back_does_not_show(executor: ThreadPoolExecutor) -> None:
    turn, slow = asked(executor, answer(TWO))
    assert len(turn.sentences) == 1
    slow.audience.on_restart()
    assert turn_view(turn).sentences == ()
    slow.audience.on_sentence(TWO)
    assert [each.text for each in turn_view(turn).sentences] == ["Half days too."]
    finish(executor, slow)


def test_an_answer_is_wanted_until_the_turn_is_stopped(executor: ThreadPoolExecutor) -> None:
    turn, slow = asked(executor, answer(ONE))
    assert not slow.audience.cancelled()
    turn.stop()
    assert slow.audience.cancelled()
    finish(executor, slow)


def test_an_answer_is_wanted_while_the_page_is_watched(executor: ThreadPoolExecutor) -> None:
    watched, slow = [True], Slow(answer(ONE))
    Turn(1, "How many?", FILTERS, "").start(slow, executor, lambda: watched[0])
    assert slow.first.wait(10)
    assert not slow.audience.cancelled()
    watched[0] = False
    assert slow.audience.cancelled()
    finish(executor, slow)


def test_the_page_may_be_away_for_a_moment() -> None:
    there, now = [True], [0.0]
    watching = Watching(lambda: there[0], lambda: now[0], grace_s=5.0)
    assert watching()
    there[0], now[0] = False, 4.9
    assert watching()
    there[0], now[0] = True, 6.0
    assert watching()
    there[0], now[0] = False, 11.0
    assert not watching()


def test_quotes_in_place_of_a_model_say_why(executor: ThreadPoolExecutor) -> None:
    turn, slow = asked(executor, replace(answer(ONE), notice="It took too long."))
    finish(executor, slow)
    assert turn_view(turn).caption == "Answered in the documents' own words in 1.2 s. It took too long."


def test_an_error_for_the_person_is_shown_in_its_words(executor: ThreadPoolExecutor) -> None:
    turn, slow = asked(executor, Transient("The database is away."))
    finish(executor, slow)
    assert (turn_view(turn).state, turn_view(turn).message) == ("failed", "The database is away.")


def test_an_unexpected_error_is_logged_and_told_without_details(
    executor: ThreadPoolExecutor, caplog: pytest.LogCaptureFixture
) -> None:
    turn, slow = asked(executor, ValueError("secret detail"))
    with caplog.at_level(logging.ERROR):
        finish(executor, slow)
    assert turn_view(turn).message == UNEXPECTED
    assert "secret detail" in caplog.text


def test_abstaining_offers_the_three_nearest_passages(executor: ThreadPoolExecutor) -> None:
    turn, slow = asked(executor, answer(hits=(hit(), hit(page_end=4), hit(), hit())))
    finish(executor, slow)
    view = turn_view(turn)
    assert view.state == "abstained"
    assert view.sentences == ()
    assert [(each.index, each.pages) for each in view.passages] == [(0, "pages 4–5"), (1, "page 4"), (2, "pages 4–5")]
    assert view.passages[0].heading == "1 Leave › 1.1 Kinds"
    assert view.caption == "Searched in 1.2 s"


def test_an_answer_offers_no_passages_and_says_who_wrote_it(executor: ThreadPoolExecutor) -> None:
    turn, slow = asked(executor, answer(ONE, hits=(hit(),), written_by="a-model"))
    finish(executor, slow)
    view = turn_view(turn, "note-1")
    assert view.passages == ()
    assert view.caption.startswith("Written by a-model")
    assert (view.active, view.within) == ("note-1", "tag hr")


def test_a_very_long_question_is_shown_shortened() -> None:
    view = turn_view(Turn(1, "x" * 20_000, FILTERS, ""))
    assert len(view.question) == 2_001
    assert view.question.endswith("…")
