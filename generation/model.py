"""The types of an answer."""

from dataclasses import dataclass, field

from ingest.model import Region
from retrieval.model import Hit


@dataclass(frozen=True, slots=True)
class Evidence:
    """A sentence that may support an answer.

    Attributes:
        number: Its number in the prompt, from 1.
        text: The sentence as it stands in the document: it is what gets quoted.
        context: Heading path and, for a table row, the header: what a reader needs to understand it.
        hit: Where it was found.
        regions: Pages and boxes of the sentence.
        score: How well it answers, higher is better.
    """

    number: int
    text: str
    context: str
    hit: Hit
    regions: tuple[Region, ...]
    score: float


@dataclass(frozen=True, slots=True)
class Citation:
    """Evidence used by an answer sentence. `quote` is copied from the document by code."""

    document: str
    version: int
    version_id: int
    quote: str
    regions: tuple[Region, ...]


@dataclass(frozen=True, slots=True)
class DraftSentence:
    """A sentence as drafted, with the numbers of the evidence that it claims to rest on."""

    text: str
    evidence: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What verification says of one drafted sentence: supported or not, a score in [0, 1], and why."""

    supported: bool
    score: float
    reason: str


@dataclass(frozen=True, slots=True)
class AnswerSentence:
    """A sentence of the answer with its citations (at least one)."""

    text: str
    citations: tuple[Citation, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a question.

    Attributes:
        question: What was asked.
        abstained: True when the documents don't say; then `sentences` is empty.
        confidence: Probability in [0, 1] that the evidence answers the question.
        sentences: Verified sentences in order.
        hits: What was read, best first; the nearest passages when it abstained.
        timings_ms: Milliseconds by stage, and `total`.
        written_by: `quotes`, or the model's name.
        notice: Why another than the model that is set wrote it, in words for the reader; empty where it did.
    """

    question: str
    abstained: bool
    confidence: float
    sentences: tuple[AnswerSentence, ...]
    hits: tuple[Hit, ...]
    timings_ms: dict[str, float] = field(default_factory=dict)
    written_by: str = "quotes"
    notice: str = ""
