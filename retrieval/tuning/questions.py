"""Questions made from chunks, for when nobody has asked enough yet.

They are unlike the chunk's own vector on purpose: a chunk finds itself in any index. They are still easier than what
people ask, for they use the document's own words.
"""

import random
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

WORD = re.compile(r"\w+")
LEAST_WORDS, MOST_WORDS = 4, 14
HEADING_SHARE = 0.3


@dataclass(frozen=True, slots=True)
class ChunkText:
    """What a question can be made from.

    Attributes:
        title: Of the document.
        heading_path: The headings over the chunk, outermost first.
        sentences: Of the chunk.
    """

    title: str
    heading_path: tuple[str, ...]
    sentences: tuple[str, ...]


def questions(chunks: Sequence[ChunkText], count: int, seed: int) -> list[str]:
    """Draw questions independently of each other: from a random chunk, its heading or a part of a telling sentence.

    Args:
        chunks: A random sample of the chunks.
        count: How many questions; the same one may come twice.
        seed: Decides which.
    """
    if not chunks:
        return []
    drawing = random.Random(seed)
    frequencies = Counter(word for chunk in chunks for word in set(_words(" ".join(chunk.sentences))))
    found = []
    for _ in range(count):
        chunk = drawing.choice(chunks)
        if chunk.heading_path and drawing.random() < HEADING_SHARE:
            found.append(" ".join([chunk.title, chunk.heading_path[-1]]).strip())
        else:
            found.append(_part(_key_sentence(chunk, frequencies), drawing) or chunk.title or "What is this about?")
    return found


def _key_sentence(chunk: ChunkText, frequencies: Counter[str]) -> str:
    """The sentence whose words are the rarest on average, among those that are long enough."""
    long = [one for one in chunk.sentences if len(_words(one)) >= LEAST_WORDS] or list(chunk.sentences)
    return max(long, key=lambda one: _rarity(_words(one), frequencies), default="")


def _rarity(words: Sequence[str], frequencies: Counter[str]) -> float:
    return sum(1 / max(1, frequencies[word]) for word in words) / max(1, len(words))


def _part(sentence: str, drawing: random.Random) -> str:
    """Some words in a row: people do not ask in the sentences of the document."""
    words = sentence.split()
    length = min(len(words), drawing.randint(LEAST_WORDS, MOST_WORDS))
    start = drawing.randint(0, len(words) - length)
    return " ".join(words[start : start + length])


def _words(text: str) -> list[str]:
    return [word.lower() for word in WORD.findall(text)]
