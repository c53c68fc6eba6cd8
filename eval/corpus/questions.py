"""Questions made from a chunk without a language model: its heading, and the rarest words of its most telling sentence.

They are poor in paraphrase: every word is the document's own. So they are easier than what people ask, above all for
a search by words, and good for comparing one setting with another.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from generation.words import STOP_WORDS, WORD, stem
from ingest.model import CELL_SEPARATOR
from retrieval.model import Passage

FEWEST_WORDS, MOST_WORDS = 5, 60
RAREST = 4
SHORTEST = 3
PREFERRED = re.compile(r"[A-Za-zÀ-ž]")


@dataclass(frozen=True, slots=True)
class Words:
    """In how many of a sample of chunks each stem occurs."""

    chunks: Counter[str]

    def rarity(self, word: str) -> float:
        """From 0 to 1: one over the number of chunks that have the word; 1 for a word of one chunk only."""
        return 1.0 / max(1, self.chunks[stem(word.lower())])


def count_words(passages: Iterable[Passage]) -> Words:
    """Count words in chunks."""
    return Words(
        Counter(one for passage in passages for one in {stem(word.lower()) for word in WORD.findall(passage.text)})
    )


def made_question(passage: Passage, words: Words) -> str:
    """A question that this chunk should be found with.

    The innermost heading (else the title), then the `RAREST` rarest content words of the key sentence, in their order.
    """
    heading = passage.heading_path[-1] if passage.heading_path else passage.title
    sentence = key_sentence(passage, words)
    already = {stem(word.lower()) for word in WORD.findall(heading)}
    candidates = [word for word in dict.fromkeys(_content(sentence)) if stem(word.lower()) not in already]
    rarest = set(sorted(candidates, key=lambda word: -words.rarity(word))[:RAREST])
    return " ".join([heading, *(word for word in candidates if word in rarest)]).strip() or passage.text[:200]


def key_sentence(passage: Passage, words: Words) -> str:
    """The sentence whose content words are rarest on average, of those that are neither very short nor very long."""
    sentences = [_plain(passage.text[one.span.start : one.span.end]) for one in passage.sentences]
    usable = [one for one in sentences if FEWEST_WORDS <= len(WORD.findall(one)) <= MOST_WORDS]
    return max(
        usable or sentences or [passage.text], key=lambda one: _mean([words.rarity(word) for word in _content(one)])
    )


def _content(sentence: str) -> list[str]:
    """Words that carry meaning; numbers and single letters are left out, since people seldom remember them."""
    found = WORD.findall(sentence)
    return [one for one in found if one.lower() not in STOP_WORDS and len(one) >= SHORTEST and PREFERRED.search(one)]


def _plain(sentence: str) -> str:
    return " ".join(sentence.replace(CELL_SEPARATOR, " ").split())


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0
