"""Reading around hits."""

from collections.abc import Sequence
from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from ingest.model import Scope
from retrieval.model import Passage
from retrieval.window import joined, windows
from tests.unit.material import hit, passage

ME = Scope()


@dataclass(frozen=True, slots=True)
class Row:
    """Chunks of one version in order."""

    chunks: Sequence[Passage]

    def passages(self, chunk_ids: Sequence[int], scope: Scope) -> list[Passage]:
        return [one for one in self.chunks if one.chunk_id in chunk_ids]

    def neighbours(self, passage: Passage, scope: Scope, radius: int = 1) -> list[Passage]:
        return [one for one in self.chunks if abs(one.ordinal - passage.ordinal) <= radius]


def row(*headings: str) -> Row:
    """Chunk i (from 0) has id 10 + i, stands on page i + 1 under the i-th heading and says "First i. Second i."."""
    return Row(
        [
            passage(
                f"First {place}.",
                f"Second {place}.",
                chunk_id=10 + place,
                ordinal=place,
                page=place + 1,
                heading_path=(heading,),
                joint=" ",
            )
            for place, heading in enumerate(headings)
        ]
    )


def said(found: Passage) -> list[str]:
    return [found.text[one.span.start : one.span.end] for one in found.sentences]


def test_a_window_is_the_hit_with_its_neighbours() -> None:
    shelf = row("A", "A", "A", "A")
    (window,) = windows([hit(shelf.chunks[1])], shelf, ME)
    assert window.passage.chunk_id == 11
    assert window.passage.text == "First 0. Second 0.\n\nFirst 1. Second 1.\n\nFirst 2. Second 2."
    assert (window.passage.page, window.passage.page_end, window.passage.ordinal) == (1, 3, 0)


def test_spans_still_point_at_their_words_and_regions_at_their_pages() -> None:
    shelf = row("A", "A", "A")
    (window,) = windows([hit(shelf.chunks[1])], shelf, ME)
    assert said(window.passage) == ["First 0.", "Second 0.", "First 1.", "Second 1.", "First 2.", "Second 2."]
    assert [one.regions[0].page for one in window.passage.sentences] == [1, 1, 2, 2, 3, 3]


def test_a_window_ends_where_the_section_ends() -> None:
    shelf = row("A", "B", "B", "C")
    (window,) = windows([hit(shelf.chunks[1])], shelf, ME, radius=2)
    assert said(window.passage) == ["First 1.", "Second 1.", "First 2.", "Second 2."]


def test_a_section_behind_a_gap_is_not_joined() -> None:
    shelf = row("A", "B", "A")
    (window,) = windows([hit(shelf.chunks[0])], shelf, ME, radius=2)
    assert said(window.passage) == ["First 0.", "Second 0."]


def test_no_chunk_is_read_twice() -> None:
    shelf = row("A", "A", "A", "A")
    found = windows([hit(shelf.chunks[one]) for one in (1, 2, 3)], shelf, ME)
    assert [one.passage.chunk_id for one in found] == [11, 13]
    assert said(found[1].passage) == ["First 3.", "Second 3."]


def test_radius_zero_leaves_hits_as_they_are() -> None:
    shelf = row("A", "A")
    hits = [hit(one) for one in shelf.chunks]
    assert windows(hits, shelf, ME, radius=0) == hits


def test_scores_are_kept() -> None:
    shelf = row("A", "A")
    (window,) = windows([hit(shelf.chunks[0], score=0.25, rerank_score=4.0)], shelf, ME)
    assert (window.score, window.rerank_score, window.dense_rank) == (0.25, 4.0, 1)


def test_a_header_that_the_next_chunk_repeats_is_read_once() -> None:
    head = "Grade | Notice"
    first = passage(head, "A | 4 weeks", chunk_id=1, ordinal=0, joint="\n")
    second = passage(head, "B | 8 weeks", "C | 9 weeks", chunk_id=2, ordinal=1, joint="\n")
    third = passage(head, "D | 7 weeks", chunk_id=3, ordinal=2, joint="\n")
    whole = joined([first, second, third], second)
    assert said(whole) == [head, "A | 4 weeks", "B | 8 weeks", "C | 9 weeks", "D | 7 weeks"]
    assert whole.text.count(head) == 1
    assert said(joined([second, third], second)) == [head, "B | 8 weeks", "C | 9 weeks", "D | 7 weeks"]


def test_what_is_printed_twice_is_read_twice() -> None:
    row = passage("A | 4 weeks", "B | 8 weeks", chunk_id=1, ordinal=0)
    elsewhere = passage("A | 4 weeks", "B | 8 weeks", chunk_id=2, ordinal=1, page=2)
    assert said(joined([row, elsewhere], row)) == ["A | 4 weeks", "B | 8 weeks"] * 2
    prose = [passage("Ask first.", "Then wait.", chunk_id=one, ordinal=one) for one in (0, 1)]
    assert said(joined(prose, prose[0])) == ["Ask first.", "Then wait."] * 2


@given(st.lists(st.lists(st.text(max_size=12), min_size=1, max_size=4), min_size=1, max_size=4))
def test_joined_sentences_are_the_sentences_of_the_parts(parts: list[list[str]]) -> None:
    run = [passage(*texts, chunk_id=place, ordinal=place) for place, texts in enumerate(parts)]
    whole = joined(run, run[-1])
    assert said(whole) == [text for texts in parts for text in texts]
    assert whole.chunk_id == run[-1].chunk_id
