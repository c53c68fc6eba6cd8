"""Orders the ways of searching, before anything is measured: from what does most work to what does least."""

from collections.abc import Sequence
from itertools import product

from retrieval.indexes import Knob, Setting
from retrieval.tuning.model import Settings


def ladders(knobs: Sequence[Knob]) -> list[list[Settings]]:
    """All combinations as ladders, each with the most work first.

    Along a ladder the knob with most values falls while the others keep theirs. Without a knob there is one ladder with
    one rung, on which nothing is turned.
    """
    if not knobs:
        return [[()]]
    long = max(knobs, key=lambda knob: len(knob.values))
    others = [knob for knob in knobs if knob is not long]
    found = list[list[Settings]]()
    for kept in product(*(sorted(knob.values, reverse=True) for knob in others)):
        fixed: list[tuple[str, Setting]] = [(knob.name, value) for knob, value in zip(others, kept, strict=True)]
        found.append([tuple(sorted([*fixed, (long.name, value)])) for value in sorted(long.values, reverse=True)])
    return found
