"""Filters for tuning: random sets of documents, for every filter of the product selects whole documents."""

import random
from collections.abc import Mapping, Sequence

from retrieval.model import Selection

SHARES: tuple[tuple[str, float], ...] = (("10%", 0.1), ("1%", 0.01))
# A set of documents that holds between these parts of the wanted number of chunks is good enough.
LEAST, MOST = 0.5, 1.5


def selections(
    collections: Sequence[int], sizes: Mapping[int, int], share: float, count: int, least: int, seed: int
) -> list[Selection]:
    """Independent random filters that let about `share` of all chunks pass, one for each query.

    Args:
        collections: Where to look.
        sizes: Chunks of each document, by its id.
        share: In (0, 1).
        count: How many filters.
        least: Fewest chunks that a filter may let pass.
        seed: Decides which documents are drawn.

    Returns:
        None at all where the documents are too few or too large for that.
    """
    wanted = share * sum(sizes.values())
    drawing, documents = random.Random(f"{seed} {share}"), sorted(sizes)
    found = []
    for _ in range(count):
        chosen = _drawn(documents, sizes, wanted, drawing)
        if sum(sizes[one] for one in chosen) < max(least, LEAST * wanted):
            return []
        found.append(Selection(tuple(collections), documents=tuple(sorted(chosen))))
    return found


def _drawn(documents: Sequence[int], sizes: Mapping[int, int], wanted: float, drawing: random.Random) -> set[int]:
    """Documents one by one at random until there are enough chunks; one that would be far too many is passed over."""
    chosen, held = set[int](), 0
    for _ in range(4 * len(documents)):
        one = drawing.choice(documents)
        if one not in chosen and held + sizes[one] <= MOST * wanted:
            chosen.add(one)
            held += sizes[one]
        if held >= wanted:
            break
    return chosen
