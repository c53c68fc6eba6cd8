"""Which queries an index is tuned with: what was asked, else questions made from chunks."""

import random
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ingest.ports import Vectors
from retrieval.tuning.model import Source
from retrieval.tuning.ports import ChunkTexts, PastQueries
from retrieval.tuning.questions import questions

LOGGED = 2_000


@dataclass(frozen=True, slots=True)
class Queries:
    """Draws queries.

    Attributes:
        past: What was asked.
        texts: Chunks to make questions from.
        embed: Turns a question into a float32 array of shape (dimension,), of unit length.
    """

    past: PastQueries
    texts: ChunkTexts
    embed: Callable[[str], Vectors]

    def drawn(self, count: int, least: int, seed: int) -> tuple[Source, Vectors]:
        """About `count` queries in random order: float32 array of shape (n, dimension).

        The log is used where it has half as many, and `least`; the two sources are never mixed.
        """
        logged = self.past.newest(LOGGED)
        if len(logged) >= max(least, count / 2):
            order = np.random.default_rng(seed).permutation(len(logged))
            return "log", logged[order[:count]]
        return "generated", self._made(count, seed)

    def _made(self, count: int, seed: int) -> Vectors:
        asked = questions(self.texts.drawn(count, seed), count, random.Random(seed).randrange(2**32))
        vectors = {one: self.embed(one) for one in dict.fromkeys(asked)}
        return np.stack([vectors[one] for one in asked]) if asked else np.empty((0, 0), dtype=np.float32)
