"""From hits to an answer."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import pytest

from generation.answer import Answerer
from generation.answerable import AnswerabilityModel
from generation.evidence import EvidenceSettings
from generation.model import AnswerSentence, DraftSentence, Evidence
from generation.ports import Cancelled, never
from generation.quotes import QuoteDrafter
from generation.routing import EasyQuestions
from generation.verify import GroundingVerifier
from generation.writing import Audience
from ingest.errors import Stopped, Transient
from tests.unit.material import WordReranker, hit, passage

QUESTION = "How many days of casual leave do employees get?"
LEAVE = passage("Employees get 12 days of casual leave.", "Casual leave is granted by the supervisor for whole days.")
HITS = [hit(LEAVE, rerank_score=8.0), hit(passage("The canteen opens at noon.", chunk_id=2), score=0.2)]


@dataclass(frozen=True, slots=True)
class Writer:
    """The `Drafter` port: fixed sentences, then perhaps an error."""

    drafts: Sequence[DraftSentence] = ()
    error: Exception | None = None
    seen: list[Evidence] = field(default_factory=list)

    @property
    def name(self) -> str:
        return "writer"

    def draft(
        self, question: str, evidence: Sequence[Evidence], cancelled: Cancelled = never
    ) -> Iterator[DraftSentence]:
        self.seen.extend(evidence)
        yield from self.drafts
        if self.error:
            raise self.error


def answerer(drafter: Writer | QuoteDrafter = QuoteDrafter(), threshold: float = 0.5) -> Answerer:
    ticks = itertools.accumulate(itertools.count(5))
    return Answerer(
        reader=WordReranker(),
        drafter=drafter,
        fallback=QuoteDrafter(),
        verifier=GroundingVerifier(),
        model=AnswerabilityModel(intercept=0.0, slope=0.5),
        threshold=threshold,
        evidence=EvidenceSettings(),
        clock=lambda: float(next(ticks)),
    )


def said(sentences: Sequence[AnswerSentence]) -> list[str]:
    return [one.text for one in sentences]


def test_quotes_answer_with_their_citation() -> None:
    answer = answerer().answer(QUESTION, HITS)
    first = answer.sentences[0]
    assert not answer.abstained
    assert answer.written_by == "quotes"
    assert first.text == "Employees get 12 days of casual leave."
    (citation,) = first.citations
    assert (citation.document, citation.version, citation.version_id) == ("handbook.pdf", 1, 1)
    assert (citation.quote, citation.regions) == (first.text, LEAVE.sentences[0].regions)


def test_it_abstains_below_the_threshold_and_offers_what_it_read() -> None:
    drafter = Writer([DraftSentence("Employees get 12 days of casual leave.", (1,))])
    sure = answerer(drafter).answer(QUESTION, HITS)
    assert 0.5 < sure.confidence < 1.0
    unsure = answerer(drafter, threshold=sure.confidence + 1e-6).answer(QUESTION, HITS)
    assert unsure.abstained
    assert unsure.sentences == ()
    assert unsure.hits == tuple(HITS)
    assert unsure.confidence == sure.confidence
    assert not answerer(drafter, threshold=sure.confidence).answer(QUESTION, HITS).abstained


def test_without_evidence_it_abstains_and_asks_nobody() -> None:
    drafter = Writer([DraftSentence("Employees get 12 days.", (1,))])
    answer = answerer(drafter, threshold=0.0001).answer(QUESTION, [])
    assert (answer.abstained, answer.confidence, answer.hits) == (True, 0.0, ())
    assert drafter.seen == []


def test_a_model_that_finds_no_answer_abstains() -> None:
    answer = answerer(Writer([])).answer(QUESTION, HITS)
    assert (answer.abstained, answer.sentences) == (True, ())


def test_supported_sentences_stay_as_drafted() -> None:
    answer = answerer(Writer([DraftSentence("Casual leave is twelve days.", (1,))])).answer(QUESTION, HITS)
    assert said(answer.sentences) == ["Casual leave is twelve days."]
    assert answer.sentences[0].citations[0].quote == "Employees get 12 days of casual leave."
    assert answer.written_by == "writer"


def test_an_unsupported_sentence_is_replaced_by_its_quotes() -> None:
    answer = answerer(Writer([DraftSentence("Employees get 15 days of casual leave.", (1, 2))])).answer(QUESTION, HITS)
    assert said(answer.sentences) == [
        "Employees get 12 days of casual leave.",
        "Casual leave is granted by the supervisor for whole days.",
    ]
    assert [len(one.citations) for one in answer.sentences] == [1, 1]


def test_the_quote_that_replaces_a_sentence_keeps_all_its_sentences() -> None:
    clause = "Employees get 12 days of casual leave. Managers get 14 days."
    hits = [hit(passage(clause), rerank_score=8.0)]
    answer = answerer(Writer([DraftSentence("Employees get 15 days of casual leave.", (1,))])).answer(QUESTION, hits)
    assert said(answer.sentences) == ["Employees get 12 days of casual leave.", "Managers get 14 days."]
    assert [one.citations[0].quote for one in answer.sentences] == [clause, clause]


def test_a_sentence_that_cites_nothing_offered_is_dropped() -> None:
    drafts = [DraftSentence("Casual leave is 12 days.", (99,)), DraftSentence("Casual leave is 12 days.", ())]
    assert answerer(Writer(drafts)).answer(QUESTION, HITS).abstained


def test_unknown_and_repeated_numbers_are_ignored() -> None:
    answer = answerer(Writer([DraftSentence("Casual leave is 12 days.", (1, 99, 1))])).answer(QUESTION, HITS)
    assert len(answer.sentences[0].citations) == 1


def test_nothing_is_said_twice() -> None:
    draft = DraftSentence("Casual leave is 12 days.", (1,))
    wrong = DraftSentence("Casual leave is 15 days.", (1,))
    answer = answerer(Writer([draft, draft, wrong, wrong])).answer(QUESTION, HITS)
    assert said(answer.sentences) == ["Casual leave is 12 days.", "Employees get 12 days of casual leave."]


def test_quotes_take_over_when_the_model_server_is_away() -> None:
    answer = answerer(Writer(error=Transient("gone"))).answer(QUESTION, HITS)
    assert said(answer.sentences)[0] == "Employees get 12 days of casual leave."
    assert answer.written_by == "quotes"


def test_a_broken_answer_is_taken_back_and_begun_anew_with_quotes() -> None:
    told: list[str] = []
    audience = Audience(lambda sentence: told.append(sentence.text), lambda: told.append("forget it"))
    broken = Writer([DraftSentence("Casual leave is twelve days.", (1,))], Transient("It broke."))
    answer = answerer(broken).answer(QUESTION, HITS, audience)
    assert told[:3] == ["Casual leave is twelve days.", "forget it", "Employees get 12 days of casual leave."]
    assert said(answer.sentences) == told[2:]
    assert (answer.written_by, answer.notice) == ("quotes", "It broke.")


def test_nothing_is_taken_back_where_nothing_was_shown() -> None:
    told: list[str] = []
    audience = Audience(on_restart=lambda: told.append("forget it"))
    answerer(Writer(error=Transient("gone"))).answer(QUESTION, HITS, audience)
    assert told == []


def test_sentences_come_while_the_rest_is_still_drafted() -> None:
    heard: list[str] = []

    @dataclass(frozen=True, slots=True)
    class Watched(Writer):
        def draft(
            self, question: str, evidence: Sequence[Evidence], cancelled: Cancelled = never
        ) -> Iterator[DraftSentence]:
            yield DraftSentence("Casual leave is twelve days.", (1,))
            assert heard == ["Casual leave is twelve days."]
            yield DraftSentence("Casual leave is granted by the supervisor.", (2,))

    answerer(Watched()).answer(QUESTION, HITS, Audience(lambda sentence: heard.append(sentence.text)))
    assert len(heard) == 2


def test_nobody_who_waits_gets_nothing_and_the_writer_is_let_go() -> None:
    closed: list[str] = []

    @dataclass(frozen=True, slots=True)
    class Endless(Writer):
        def draft(
            self, question: str, evidence: Sequence[Evidence], cancelled: Cancelled = never
        ) -> Iterator[DraftSentence]:
            try:
                while True:
                    yield DraftSentence("Casual leave is twelve days.", (1,))
            finally:
                closed.append("closed")

    with pytest.raises(Stopped):
        answerer(Endless()).answer(QUESTION, HITS, Audience(cancelled=lambda: True))
    assert closed == ["closed"]


def test_a_small_model_answers_easy_questions_only() -> None:
    large = Writer([DraftSentence("Casual leave is twelve days.", (1,))])
    small = Writer([DraftSentence("Employees get twelve days.", (1,))])
    both = replace(answerer(large), small=small, easy=EasyQuestions(least_confidence=0.5, most_pieces=9))
    assert said(both.answer(QUESTION, HITS).sentences) == ["Employees get twelve days."]
    hard = QUESTION + " And why?"
    assert said(both.answer(hard, HITS).sentences) == ["Casual leave is twelve days."]
    assert len(small.seen) == 3


def test_the_large_model_takes_over_from_the_small_one() -> None:
    large = Writer([DraftSentence("Casual leave is twelve days.", (1,))])
    small = Writer(error=Transient("gone"))
    both = replace(answerer(large), small=small, easy=EasyQuestions(least_confidence=0.0, most_pieces=9))
    answer = both.answer(QUESTION, HITS)
    assert said(answer.sentences) == ["Casual leave is twelve days."]
    assert small.seen == large.seen != []


def test_sentences_are_announced_in_order_once_verified() -> None:
    drafts = [DraftSentence("Casual leave is 12 days.", (1,)), DraftSentence("The supervisor grants 99 days.", (2,))]
    heard: list[AnswerSentence] = []
    answer = answerer(Writer(drafts)).answer(QUESTION, HITS, Audience(heard.append))
    assert heard == list(answer.sentences)
    assert said(heard) == ["Casual leave is 12 days.", "Casual leave is granted by the supervisor for whole days."]


def test_the_drafter_sees_numbered_evidence_best_first() -> None:
    drafter = Writer([DraftSentence("Casual leave is 12 days.", (1,))])
    answerer(drafter).answer(QUESTION, HITS)
    assert [one.number for one in drafter.seen] == [1, 2, 3]
    assert drafter.seen[0].text == "Employees get 12 days of casual leave."


def test_times_are_milliseconds_of_the_clock() -> None:
    answer = answerer().answer(QUESTION, HITS)
    assert answer.timings_ms == {"evidence": 6_000.0, "draft": 7_000.0}


def test_the_same_question_gives_the_same_answer() -> None:
    one = answerer().answer(QUESTION, HITS)
    assert replace(answerer().answer(QUESTION, HITS), timings_ms=one.timings_ms) == one
