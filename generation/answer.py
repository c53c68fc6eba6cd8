"""From hits to a verified, cited answer, or to silence."""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from generation.answerable import AnswerabilityModel
from generation.evidence import EvidenceSettings, select_evidence
from generation.model import Answer, AnswerSentence, Citation, DraftSentence, Evidence
from generation.ports import Drafter, Reader, Verifier
from generation.quotes import as_sentences
from ingest.errors import Transient
from retrieval.model import Hit

logger = logging.getLogger(__name__)

Clock = Callable[[], float]
OnSentence = Callable[[AnswerSentence], None]


@dataclass(frozen=True, slots=True)
class Answerer:
    """Evidence, decision, draft, verification.

    Attributes:
        reader: Scores evidence.
        drafter: Writes the sentences.
        fallback: Writes them when the drafter's server is away.
        verifier: Checks each sentence.
        model: Decides whether the evidence answers.
        threshold: Least probability for an answer, in [0, 1].
        evidence: How evidence is picked.
        clock: Seconds, monotonic.
    """

    reader: Reader
    drafter: Drafter
    fallback: Drafter
    verifier: Verifier
    model: AnswerabilityModel
    threshold: float
    evidence: EvidenceSettings
    clock: Clock

    def answer(self, question: str, hits: Sequence[Hit], on_sentence: OnSentence | None = None) -> Answer:
        """Answer from these hits.

        Args:
            question: The question.
            hits: Best first.
            on_sentence: Called with each sentence once it is verified.

        Returns:
            Verified sentences, or an abstention that carries the hits as the nearest passages.
        """
        begun = self.clock()
        evidence = self.weigh(question, hits)
        confidence = self.model.probability(evidence[0].score) if evidence else 0.0
        decided = self.clock()
        sentences: list[AnswerSentence] = []
        writer = self.drafter.name
        if confidence >= self.threshold:
            writer, drafts = self._draft(question, evidence)
            for sentence in self._verified(drafts, evidence):
                sentences.append(sentence)
                if on_sentence:
                    on_sentence(sentence)
        return Answer(
            question=question,
            abstained=not sentences,
            confidence=confidence,
            sentences=tuple(sentences),
            hits=tuple(hits),
            timings_ms={"evidence": 1e3 * (decided - begun), "draft": 1e3 * (self.clock() - decided)},
            written_by=writer,
        )

    def weigh(self, question: str, hits: Sequence[Hit]) -> list[Evidence]:
        """The evidence, best first; the decision to answer rests on the first piece."""
        return select_evidence(question, hits, self.reader, self.evidence)

    def _draft(self, question: str, evidence: Sequence[Evidence]) -> tuple[str, list[DraftSentence]]:
        try:
            return self.drafter.name, self.drafter.draft(question, evidence)
        except Transient as error:
            logger.warning("the model server is away, answering with quotes", extra={"reason": str(error)})
            return self.fallback.name, self.fallback.draft(question, evidence)

    def _verified(self, drafts: Sequence[DraftSentence], evidence: Sequence[Evidence]) -> Iterator[AnswerSentence]:
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
