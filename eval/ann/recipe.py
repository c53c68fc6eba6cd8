"""Vectors that lie as the embeddings of documents do, drawn from a seed.

An embedding is taken for a sum: what all texts have in common, the topic of the document, the subject of the section
within this topic, the section, and the chunk itself. Each part is a normal variable whose variance falls along its own
axes as `(i + 2)^-decay · e^(-i / reach)`, so that few directions carry most of it. Topics and subjects have sizes after
Zipf, so that a large collection is dense where many documents say the same; sections differ in how alike their chunks
are (log-normal). The defaults were set so that the similarities to the nearest neighbours and the local intrinsic
dimension are near those of real chunks and questions (`eval.ann.likeness`).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ingest.ports import Vectors

Integers = NDArray[np.int64]
Halves = NDArray[np.float16]

BLOCK_DOCUMENTS = 100
AXES = 16


@dataclass(frozen=True)
class Recipe:
    """What is drawn; the same values give the same vectors.

    Attributes:
        dimension: Numbers in a vector, at least 32.
        seed: Of all random numbers.
        document: Chunks in a document.
        section: Chunks in a section.
        topics: How many; their sizes fall as `1 / rank^zipf`.
        subjects: In each topic; their sizes fall in the same way.
        zipf: See there.
        common: Share of the squared length that all chunks have in common.
        topic: Share that follows from the topic.
        subject: Share that follows from the subject.
        between: Share that follows from the section.
        within: Mean share that is the chunk's own.
        unevenness: Standard deviation of the logarithm of `within` over sections.
        decay: See above.
        reach: For topics and sections.
        reach_within: For chunks.
        asked: How much of its section a question keeps, 0 to 1.
        style: Share of a question's squared length that all questions have in common and no chunk has.
        noise: Share of a question's squared length that is random.
    """

    dimension: int = 384
    seed: int = 0
    document: int = 100
    section: int = 7
    topics: int = 300
    subjects: int = 100
    zipf: float = 0.9
    common: float = 0.5
    topic: float = 0.1
    subject: float = 0.14
    between: float = 0.06
    within: float = 0.2
    unevenness: float = 0.7
    decay: float = 0.5
    reach: float = 70.0
    reach_within: float = 140.0
    asked: float = 0.4
    style: float = 0.22
    noise: float = 0.08

    def blocks(self, count: int, questions: int) -> Iterator[tuple[Halves, Halves]]:
        """Chunks and questions about them, block by block.

        A question has the topic of a random section of its block, a part of what is the section's, and nothing of any
        chunk. Vectors are rounded to float16, as the database stores them, so exact search and indexes see the same.

        Args:
            count: Chunks in all; a multiple of what a document holds.
            questions: In all.

        Yields:
            Float16 arrays of unit vectors: shape (chunks of the block, dimension), shape (its questions, dimension).
        """
        size = self.document * BLOCK_DOCUMENTS
        starts = range(0, count, size)
        shares = np.diff(np.linspace(0, questions, len(starts) + 1).round().astype(int))
        for number, (start, share) in enumerate(zip(starts, shares, strict=True)):
            block = _Block(self, self._frame, np.random.default_rng([self.seed, 1, number]), min(size, count - start))
            yield _rounded(block.chunks()), _rounded(block.questions(int(share)))

    @cached_property
    def _frame(self) -> "_Frame":
        return _Frame(self)


class _Frame:
    """What all blocks share: the axes, the topics, the common direction."""

    def __init__(self, recipe: Recipe) -> None:
        random, dimension = np.random.default_rng([recipe.seed, 0]), recipe.dimension
        self.wide = _deviations(dimension, recipe.decay, recipe.reach)
        self.local = _deviations(dimension, recipe.decay, recipe.reach_within)
        self.rotation = np.linalg.qr(random.normal(size=(dimension, dimension)))[0].astype(np.float32)
        # Chunks of different topics vary along different axes: the first two thirds are exchanged.
        mixed = 2 * dimension // 3
        self.axes = np.stack(
            [np.concatenate([random.permutation(mixed), np.arange(mixed, dimension)]) for _ in range(AXES)]
        )
        self.common = _unit(random.normal(size=dimension))
        self.style = _unit(random.normal(size=dimension) * self.wide)
        self.topics = random.normal(size=(recipe.topics, dimension)) * self.wide
        self.subjects = (
            random.standard_normal((recipe.topics * recipe.subjects, dimension), dtype=np.float32) * self.wide
        )
        self.topic_shares = _zipf(recipe.topics, recipe.zipf)
        self.subject_shares = _zipf(recipe.subjects, recipe.zipf)


class _Block:
    def __init__(self, recipe: Recipe, frame: _Frame, random: np.random.Generator, count: int) -> None:
        self.recipe, self.frame, self.random, self.count = recipe, frame, random, count
        documents = -(-count // recipe.document)
        per_document = -(-recipe.document // recipe.section)
        topics = random.choice(recipe.topics, documents, p=frame.topic_shares)
        self.topics = np.repeat(topics, per_document)
        subjects = random.choice(recipe.subjects, len(self.topics), p=frame.subject_shares)
        self.subjects = self.topics * recipe.subjects + subjects
        self.per_document = per_document
        self.sections = random.normal(size=(len(self.topics), recipe.dimension)) * frame.wide
        spread = recipe.unevenness
        self.scales = recipe.within * np.exp(random.normal(size=len(self.topics)) * spread - spread**2 / 2)

    def chunks(self) -> Vectors:
        rows = np.arange(self.count)
        place = rows // self.recipe.document * self.per_document
        sections = place + rows % self.recipe.document // self.recipe.section
        return _unit(self._drawn(sections, self.sections[sections]) @ self.frame.rotation)

    def questions(self, count: int) -> Vectors:
        recipe, frame = self.recipe, self.frame
        sections = self.random.integers(len(self.topics), size=count)
        fresh = self.random.normal(size=(count, recipe.dimension)) * frame.wide
        own = recipe.asked * self.sections[sections] + (1 - recipe.asked**2) ** 0.5 * fresh
        noise = self.random.normal(size=(count, recipe.dimension)) * frame.wide
        said = (1 - recipe.style - recipe.noise) ** 0.5 * _unit(self._drawn(sections, own))
        mixed = said + recipe.style**0.5 * frame.style + recipe.noise**0.5 * noise
        return _unit(mixed @ frame.rotation)

    def _drawn(self, sections: Integers, own: Vectors) -> Vectors:
        recipe, frame, topics = self.recipe, self.frame, self.topics[sections]
        scaled = self.random.standard_normal((len(sections), recipe.dimension), dtype=np.float32) * frame.local
        local = np.take_along_axis(scaled, frame.axes[topics % AXES], axis=1)
        local *= np.sqrt(self.scales[sections])[:, None]
        shared = recipe.common**0.5 * frame.common + recipe.topic**0.5 * frame.topics[topics]
        subject = recipe.subject**0.5 * frame.subjects[self.subjects[sections]]
        drawn: Vectors = (shared + subject + recipe.between**0.5 * own + local).astype(np.float32)
        return drawn


def _deviations(dimension: int, decay: float, reach: float) -> NDArray[np.float64]:
    """Standard deviations along the axes; their squares sum to one."""
    place = np.arange(1, dimension + 1)
    variances = (place + 2.0) ** -decay * np.exp(-place / reach)
    deviations: NDArray[np.float64] = np.sqrt(variances / variances.sum())
    return deviations


def _zipf(count: int, exponent: float) -> NDArray[np.float64]:
    sizes = np.arange(1, count + 1) ** -exponent
    shares: NDArray[np.float64] = sizes / sizes.sum()
    return shares


def _unit(vectors: NDArray[Any]) -> NDArray[Any]:
    unit: NDArray[Any] = vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)
    return unit


def _rounded(vectors: Vectors) -> Halves:
    rounded: Halves = vectors.astype(np.float16)
    return rounded
