"""Asks an installation questions made from its own chunks, and looks for what is never found."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from app.application import Application
from eval.corpus.exact import Neighbours, VectorBatches, chunk_ids, neighbours
from eval.corpus.questions import Words, count_words, made_question
from eval.metrics import first_rank
from ingest.errors import Permanent
from ingest.model import Scope
from ingest.ports import Vectors
from retrieval.model import Filters, Hit, Passage, Scored, Selection
from retrieval.ports import Access
from retrieval.search import Retriever

DEPTH = 100
WORDS_FROM = 2_000
FETCHED_AT_ONCE = 500

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question made from a chunk, and what came of it.

    Attributes:
        source: The chunk.
        question: What was asked.
        maker: `model` or `words`.
        rank: Rank of the first right hit, `None` for none among `DEPTH`.
        hits: How many hits there were.
    """

    source: Passage
    question: str
    maker: str
    rank: int | None
    hits: int


@dataclass(frozen=True, slots=True)
class Found:
    """What the measuring found.

    Attributes:
        chunks: How many chunks may be found.
        asked: The questions.
        dense: By question, what the active vector index found.
        exact: By question, what it should have found.
        seen: By chunk id, how often it was among the candidates of a question.
        tried: How many chunks that no question had found were asked for with a question of their own.
        unseen: How many no question had found before that.
        lost: Those that their own question did not find either.
    """

    chunks: int
    asked: tuple[Asked, ...]
    dense: tuple[Sequence[Scored], ...]
    exact: Neighbours
    seen: Counter[int]
    tried: int
    unseen: int
    lost: tuple[tuple[Passage, str], ...]


@dataclass(frozen=True, slots=True)
class CorpusMeasure:
    """Measures one installation.

    Attributes:
        application: Searches as a person does.
        access: Resolves scope and filters.
        stored: All vectors.
        scope: Who asks.
        filters: Where to look.
        seed: Of everything that is drawn.
        progress: Told how far it is.
    """

    application: Application
    access: Access
    stored: VectorBatches
    scope: Scope
    filters: Filters
    seed: int
    progress: Progress

    def run(self, questions: int, most_lost: int, model: Callable[[Passage], str | None] | None) -> Found:
        """Measure.

        Args:
            questions: How many are asked; fewer where there are fewer chunks.
            most_lost: So many chunks that no question found are asked for with a question of their own.
            model: Makes a question from a chunk, or `None`; without it all are made of words.

        Raises:
            Permanent: There is nothing to ask about.
        """
        selection = self.access.select(self.scope, self.filters)
        ids = chunk_ids(self.stored, selection)
        if not ids:
            raise Permanent("There is nothing to measure: no document with text has been read. Run: footnote ingest")
        random = np.random.default_rng(self.seed)
        drawn = [ids[place] for place in random.permutation(len(ids))]
        words = count_words(self._passages(sorted(drawn[:WORDS_FROM])))
        asked = [self._ask(one, words, model) for one in self._told(sorted(drawn[:questions]), "Question")]
        retriever, seen = self.application.retriever(), Counter[int]()
        vectors = np.stack([retriever.embedder.embed_query(one.question) for one in asked])
        dense = []
        for one, vector in zip(asked, vectors, strict=True):
            dense.append(self._candidates(retriever, one.question, vector, seen))
        unseen = [one for one in drawn if one not in seen]
        lost = self._lost(retriever, sorted(unseen[:most_lost]), words, seen)
        return Found(
            chunks=len(ids),
            asked=tuple(asked),
            dense=tuple(dense),
            exact=self._exact(vectors, selection),
            seen=seen,
            tried=len(unseen[:most_lost]),
            unseen=len(unseen),
            lost=tuple(lost),
        )

    def _told(self, ids: Sequence[int], what: str) -> Iterator[Passage]:
        for number, passage in enumerate(self._passages(ids), start=1):
            self.progress(f"{what} {number} of {len(ids)}")
            yield passage

    def _ask(self, source: Passage, words: Words, model: Callable[[Passage], str | None] | None) -> Asked:
        said = model(source) if model else None
        question = said or made_question(source, words)
        hits = self.application.search(question, filters=self.filters, k=DEPTH, scope=self.scope)
        rank = first_rank(is_right(hit, source) for hit in hits)
        return Asked(source, question, "model" if said else "words", rank, len(hits))

    def _candidates(self, retriever: Retriever, question: str, vector: Vectors, seen: Counter[int]) -> Sequence[Scored]:
        """What the active index finds; the candidates of both rankings are counted."""
        dense = retriever.vectors.search(vector, self.scope, self.filters, DEPTH)
        lexical = retriever.lexical.search(question, self.scope, self.filters, DEPTH)
        seen.update({one.chunk_id for one in (*dense, *lexical)})
        return dense

    def _lost(
        self, retriever: Retriever, ids: Sequence[int], words: Words, seen: Counter[int]
    ) -> Iterator[tuple[Passage, str]]:
        """Chunks that not even a question made from them brings; what those questions bring counts as seen as well."""
        tried = []
        for passage in self._told(ids, "Chunk that no question found"):
            if passage.chunk_id not in seen:
                question = made_question(passage, words)
                self._candidates(retriever, question, retriever.embedder.embed_query(question), seen)
                tried.append((passage, question))
        return (one for one in tried if one[0].chunk_id not in seen)

    def _exact(self, vectors: Vectors, selection: Selection) -> Neighbours:
        self.progress("Comparing with all vectors")
        return neighbours(vectors, self.stored, selection, DEPTH)

    def _passages(self, ids: Sequence[int]) -> Iterator[Passage]:
        reader = self.application.retriever().passages
        for start in range(0, len(ids), FETCHED_AT_ONCE):
            yield from reader.passages(ids[start : start + FETCHED_AT_ONCE], self.scope)


def is_right(hit: Hit, source: Passage) -> bool:
    """Does a hit stand on the page of the chunk that the question was made from, or say the very same?"""
    same_page = (hit.passage.version_id, hit.passage.page) == (source.version_id, source.page)
    return same_page or hit.passage.text == source.text
