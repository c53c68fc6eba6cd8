"""From hits to a verified, cited answer, or to silence."""

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from generation.answerable import AnswerabilityModel
from generation.evidence import EvidenceSettings, select_evidence
from generation.model import Answer, AnswerSentence, Citation, DraftSentence, Evidence
from generation.ports import Drafter, Reader, Verifier
from generation.quotes import as_sentences
from generation.routing import EasyQuestions
from generation.writing import NOBODY, Audience, Written, write
from retrieval.model import Hit

logger = logging.getLogger(__name__)

Clock = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Answerer:
    """Evidence, decision, draft, verification.

    Attributes:
        reader: Scores evidence.
        drafter: Writes the sentences.
        fallback: Writes them when the drafter's server is away or breaks off.
        verifier: Checks each sentence.
        model: Decides whether the evidence answers.
        threshold: Least probability for an answer, in [0, 1].
        evidence: How evidence is picked.
        clock: Seconds, monotonic.
        small: Writes the answers to easy questions, where there is such a drafter.
        easy: Which questions are easy.
    """

    reader: Reader
    drafter: Drafter
    fallback: Drafter
    verifier: Verifier
    model: AnswerabilityModel
    threshold: float
    evidence: EvidenceSettings
    clock: Clock
    small: Drafter | None = None
    easy: EasyQuestions = field(default_factory=EasyQuestions)

    def answer(self, question: str, hits: Sequence[Hit], audience: Audience = NOBODY) -> Answer:
        """Answer from these hits.

        Args:
            question: The question.
            hits: Best first.
            audience: Who waits: told of each sentence once it is verified, and when those so far are void.

        Returns:
            Verified sentences, or an abstention that carries the hits as the nearest passages.

        Raises:
            Stopped: Nobody waits any more.
        """
        begun = self.clock()
        evidence = self.weigh(question, hits)
        confidence = self.model.probability(evidence[0].score) if evidence else 0.0
        decided = self.clock()
        written = Written(self.drafter.name)
        if confidence >= self.threshold:
            written = self._write(question, evidence, confidence, audience)
        return Answer(
            question=question,
            abstained=not written.sentences,
            confidence=confidence,
            sentences=tuple(written.sentences),
            hits=tuple(hits),
            timings_ms={"evidence": 1e3 * (decided - begun), "draft": 1e3 * (self.clock() - decided)},
            written_by=written.by,
            notice=written.notice,
        )

    def weigh(self, question: str, hits: Sequence[Hit]) -> list[Evidence]:
        """The evidence, best first; the decision to answer rests on the first piece."""
        return select_evidence(question, hits, self.reader, self.evidence)

    def _write(self, question: str, evidence: Sequence[Evidence], confidence: float, audience: Audience) -> Written:
        return write(
            self._writers(question, evidence, confidence),
            lambda writer: writer.draft(question, evidence, audience.cancelled),
            lambda drafts: self._verified(drafts, evidence),
            audience,
        )

    def _writers(self, question: str, evidence: Sequence[Evidence], confidence: float) -> list[Drafter]:
        """Who writes, in order of preference."""
        if self.small is None:
            return [self.drafter, self.fallback]
        difficulty = self.easy.measure(question, evidence, confidence)
        easy = self.easy.easy(difficulty)
        logger.info("routed", extra={"easy": easy, "difficulty": difficulty})
        return [self.small, self.drafter, self.fallback] if easy else [self.drafter, self.fallback]

    def _verified(self, drafts: Iterable[DraftSentence], evidence: Sequence[Evidence]) -> Iterator[AnswerSentence]:
        """Supported sentences as they are; instead of an unsupported one the quotes that it cites; nothing twice."""
        by_number = {one.number: one for one in evidence}
        shown: set[str] = set()
        for draft in drafts:
            cited = [by_number[number] for number in dict.fromkeys(draft.evidence) if number in by_number]
            verdict = self.verifier.verify(draft, cited)
            if not verdict.supported:
                logger.info("sentence not supported", extra={"reason": verdict.reason})
            candidates = (
                [AnswerSentence(draft.text, tuple(map(cite, cited)))]
                if verdict.supported
                else [AnswerSentence(text, (cite(one),)) for one in cited for text in as_sentences(one.text)]
            )
            for sentence in candidates:
                if sentence.text not in shown:
                    shown.add(sentence.text)
                    yield sentence


def cite(evidence: Evidence) -> Citation:
    """The citation of a piece of evidence; the quote is copied from the document."""
    passage = evidence.hit.passage
    return Citation(passage.document, passage.version, passage.version_id, evidence.text, evidence.regions)
