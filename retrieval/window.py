"""Reads around hits: small chunks are found precisely, their neighbours make them readable."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from ingest.model import CELL_SEPARATOR, Scope, Sentence
from retrieval.model import Hit, Passage
from retrieval.ports import PassageReader

JOINT = "\n\n"


def windows(hits: Sequence[Hit], reader: PassageReader, scope: Scope, radius: int = 1) -> list[Hit]:
    """Each hit with the chunks around it in its section, best first; no chunk is in two windows.

    Args:
        hits: Best first.
        reader: Fetches the neighbours.
        scope: Who asks.
        radius: Chunks on either side.
    """
    taken: set[int] = set()
    found = []
    for hit in hits:
        if hit.passage.chunk_id in taken:
            continue
        around = [hit.passage] if radius == 0 else reader.neighbours(hit.passage, scope, radius)
        run = _run(hit.passage, [one for one in around if one.chunk_id not in taken])
        taken.update(one.chunk_id for one in run)
        found.append(replace(hit, passage=joined(run, hit.passage)))
    return found


def joined(run: Sequence[Passage], main: Passage) -> Passage:
    """Following chunks as one passage under the main one's id; sentence spans are moved along."""
    if len(run) < 2:
        return run[0] if run else main
    parts = [run[0], *(_without_repeated_header(one, before) for before, one in pairwise(run))]
    sentences: list[Sentence] = []
    offset = 0
    for one in parts:
        sentences += [sentence.moved(offset) for sentence in one.sentences]
        offset += len(one.text) + len(JOINT)
    return replace(
        main,
        ordinal=run[0].ordinal,
        page=min(one.page for one in run),
        page_end=max(one.page_end for one in run),
        text=JOINT.join(one.text for one in parts),
        sentences=tuple(sentences),
    )


def _without_repeated_header(passage: Passage, before: Passage) -> Passage:
    """A passage that goes on with the table of the one before, without the header row that it repeats."""
    if len(passage.sentences) < 2:
        return passage
    header, first = passage.sentences[:2]
    said = passage.text[header.span.start : header.span.end]
    known = ((before.text[one.span.start : one.span.end], one.regions) for one in before.sentences)
    if CELL_SEPARATOR not in said or (said, header.regions) not in known:
        return passage
    cut = first.span.start
    return replace(passage, text=passage.text[cut:], sentences=tuple(one.moved(-cut) for one in passage.sentences[1:]))


def _run(main: Passage, around: Sequence[Passage]) -> list[Passage]:
    """The unbroken run of neighbours in the main chunk's section."""
    by_ordinal = {one.ordinal: one for one in around if one.heading_path == main.heading_path}
    by_ordinal[main.ordinal] = main
    low = high = main.ordinal
    while low - 1 in by_ordinal:
        low -= 1
    while high + 1 in by_ordinal:
        high += 1
    return [by_ordinal[ordinal] for ordinal in range(low, high + 1)]
