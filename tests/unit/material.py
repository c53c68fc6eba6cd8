"""Small passages, hits and evidence, and a cross-encoder that counts words."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from generation.model import Evidence
from generation.words import content_stems
from ingest.model import Box, Region, Sentence, Span
from retrieval.model import Hit, Passage


def passage(
    *texts: str,
    chunk_id: int = 1,
    joint: str = "\n\n",
    heading_path: tuple[str, ...] = ("Leave",),
    page: int = 1,
    ordinal: int = 0,
    version_id: int = 1,
    document: str = "handbook.pdf",
) -> Passage:
    """A passage of these sentences; sentence i has the box (i, 0, i + 1, 1) on the passage's page."""
    sentences, offset = [], 0
    for position, text in enumerate(texts):
        region = Region(page, (Box(position, 0, position + 1, 1),))
        sentences.append(Sentence(Span(offset, offset + len(text)), (region,)))
        offset += len(text) + len(joint)
    return Passage(
        chunk_id=chunk_id,
        document_id=version_id,
        version_id=version_id,
        document=document,
        version=1,
        title="Handbook",
        ordinal=ordinal,
        page=page,
        page_end=page,
        heading_path=heading_path,
        text=joint.join(texts),
        sentences=tuple(sentences),
    )


def hit(found: Passage, score: float = 1.0, rerank_score: float | None = None) -> Hit:
    """A hit that both rankings found first."""
    return Hit(found, score, dense_rank=1, lexical_rank=1, rerank_score=rerank_score)


def evidence(text: str, number: int = 1, score: float = 1.0, context: str = "") -> Evidence:
    """A piece of evidence in a passage of its own."""
    found = passage(text, chunk_id=number)
    return Evidence(number, text, context, hit(found), found.sentences[0].regions, score)


def logit(question: str, text: str) -> float:
    """How many of the question's content words the text has, less those that it lacks."""
    asked = content_stems(question)
    common = len(asked & content_stems(text))
    return float(common - (len(asked) - common))


@dataclass(frozen=True, slots=True)
class WordReranker:
    """The `Reranker` port, by counting words. `read` lists all texts that it was given."""

    read: list[str] = field(default_factory=list)

    def score(self, question: str, texts: Sequence[str]) -> list[float]:
        """One logit a text."""
        self.read.extend(texts)
        return [logit(question, text) for text in texts]
