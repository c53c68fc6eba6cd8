"""Cutting documents into chunks."""

import string
from collections import Counter
from collections.abc import Iterable
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.chunk import chunk_document, sections
from ingest.model import Block, BlockKind, Box, Chunk, Region, Span
from ingest.sentences import split_sentences
from tests.unit.ingest.words import WIDTH, WordTokenizer, block, document, heading

ITEM, ROW = BlockKind.LIST_ITEM, BlockKind.TABLE_ROW


def chunks(*blocks: Block, limit: int = 100) -> list[Chunk]:
    return chunk_document(document(*blocks), WordTokenizer(), limit)


def said(chunk: Chunk) -> list[str]:
    return [chunk.text[one.span.start : one.span.end] for one in chunk.sentences]


def test_a_short_section_is_one_chunk() -> None:
    (only,) = chunks(heading("Leave"), block("You get twelve days. They expire."), block("Ask your lead."))
    assert only.text == "You get twelve days. They expire.\n\nAsk your lead."
    assert said(only) == ["You get twelve days.", "They expire.", "Ask your lead."]
    assert (only.heading_path, only.ordinal, only.tokens) == (("Leave",), 0, 9)


def test_chunks_never_cross_a_heading_of_level_one_or_two() -> None:
    found = chunks(
        heading("Absence"), block("One."), heading("Leave", 2), block("Two."), heading("Casual", 3), block("Three."),
        heading("Travel"), block("Four."),
    )  # fmt: skip
    assert [(one.heading_path, one.text) for one in found] == [
        (("Absence",), "One."),
        (("Absence", "Leave"), "Two.\n\nCasual\nThree."),
        (("Travel",), "Four."),
    ]
    assert [one.ordinal for one in found] == [0, 1, 2]


def test_text_before_the_first_heading_is_kept() -> None:
    first, second = chunks(block("Foreword here."), heading("Leave"), block("Twelve days."))
    assert (first.heading_path, first.text) == ((), "Foreword here.")
    assert second.heading_path == ("Leave",)


def test_a_heading_with_nothing_below_is_text_of_its_own() -> None:
    found = chunks(heading("Leave"), heading("Travel"), block("Ask first."), heading("Closing words"))
    assert [(one.heading_path, one.text) for one in found] == [
        ((), "Leave"), (("Travel",), "Ask first."), ((), "Closing words"),
    ]  # fmt: skip


def test_a_heading_above_another_level_is_only_a_path() -> None:
    (only,) = chunks(heading("Absence"), heading("Leave", 2), block("Twelve days."))
    assert only.heading_path == ("Absence", "Leave")


def test_a_deeper_heading_after_a_shallower_one_starts_a_new_path() -> None:
    paths = [one.heading_path for one in sections((
        heading("A"), heading("B", 2), block("One."), heading("C"), block("Two."), heading("D", 2), block("Three."),
    ))]  # fmt: skip
    assert paths == [("A", "B"), ("C",), ("C", "D")]


def test_items_and_rows_of_one_run_stay_close() -> None:
    (only,) = chunks(
        block("Leave is paid for:"), block("your wedding", kind=ITEM), block("a birth", kind=ITEM),
        block("Grade | Notice", kind=ROW), block("A | 4 weeks", kind=ROW), block("Nothing else."),
    )  # fmt: skip
    assert only.text == ("Leave is paid for:\n\nyour wedding\na birth\n\nGrade | Notice\nA | 4 weeks\n\nNothing else.")
    assert said(only)[3:5] == ["Grade | Notice", "A | 4 weeks"]


def test_a_row_is_one_sentence_whatever_it_says() -> None:
    (only,) = chunks(block("Approx. one. Two. | Three. Four.", kind=ROW))
    assert said(only) == ["Approx. one. Two. | Three. Four."]


def test_a_long_section_is_cut_between_sentences_into_even_pieces() -> None:
    text = " ".join(f"This sentence has number {number:02d} in it." for number in range(10))
    found = chunks(block(text), limit=40)
    assert [one.tokens for one in found] == [35, 35]
    assert [said(one)[0] for one in found] == [f"This sentence has number {number:02d} in it." for number in (0, 5)]


def test_regions_are_the_printed_lines_of_each_sentence() -> None:
    (only,) = chunks(block("You get twelve", "days. They expire.", page=3, top=100.0))
    first, second = only.sentences
    assert first.regions == (Region(3, (Box(0.0, 100.0, WIDTH * 14, 110.0), Box(0.0, 110.0, WIDTH * 5, 120.0))),)
    assert second.regions == (Region(3, (Box(WIDTH * 6, 110.0, WIDTH * 18, 120.0),)),)


def test_a_chunk_spans_its_pages() -> None:
    (only,) = chunks(block("One here.", page=4), block("Two there.", page=6))
    assert (only.page, only.page_end) == (4, 6)
    assert [one.regions[0].page for one in only.sentences] == [4, 6]


def test_spans_are_places_in_the_whole_text() -> None:
    found = chunks(heading("A"), block("One two three."), heading("B"), block("Four five six."))
    assert [(one.span.start, one.span.end) for one in found] == [(0, 14), (16, 30)]


def test_nothing_gives_nothing() -> None:
    assert chunks() == []


def test_a_long_paragraph_is_split_into_sentences_once(monkeypatch: pytest.MonkeyPatch) -> None:
    split: list[str] = []

    def counting(text: str) -> list[Span]:
        split.append(text)
        return split_sentences(text)

    monkeypatch.setattr("ingest.chunk.split_sentences", counting)
    text = " ".join(f"This is sentence number {number}." for number in range(100))
    assert len(chunks(block(text), limit=20)) > 20
    assert split == [text]


def test_a_word_longer_than_the_limit_is_kept() -> None:
    class Characters(WordTokenizer):
        def count_tokens(self, texts: object) -> list[int]:
            assert isinstance(texts, list)
            return [len(text) for text in texts]

    found = chunk_document(document(block("x" * 250)), Characters(), 100)
    assert "".join(one.text for one in found) == "x" * 250
    assert max(one.tokens for one in found) <= 100


words = st.text(string.ascii_lowercase + "äé", min_size=1, max_size=8)
sentence_texts = st.builds(
    lambda parts, end: " ".join(parts).capitalize() + end,
    st.lists(words, min_size=1, max_size=14),
    st.sampled_from(".!?:"),
)
paragraphs = st.builds(
    lambda texts, page: block(*texts, page=page), st.lists(sentence_texts, min_size=1, max_size=4), st.integers(1, 5)
)
items = st.builds(lambda text, kind: block(text, kind=kind), sentence_texts, st.sampled_from([ITEM, ROW]))
headings = st.builds(heading, words, st.integers(1, 4))


@settings(max_examples=150)
@given(st.lists(st.one_of(paragraphs, items, headings), max_size=12), st.integers(5, 40))
def test_any_document(blocks: list[Block], limit: int) -> None:
    found = chunks(*blocks, limit=limit)
    assert [one.ordinal for one in found] == list(range(len(found)))
    for one in found:
        assert one.tokens == len(one.text.split()) <= limit
        assert one.span.end - one.span.start == len(one.text)
        _covers_itself(one)
    assert all(one.span.end <= other.span.start for one, other in pairwise(found))
    kept = [one for one in blocks if one.kind is not BlockKind.HEADING or one.level > 2]
    quoted = _words(text for one in found for text in said(one))
    assert _words(one.text for one in kept) <= quoted <= _words(one.text for one in blocks)


def _covers_itself(chunk: Chunk) -> None:
    """Sentences follow each other, with nothing but white space between them, and each knows its page."""
    position = 0
    for one in chunk.sentences:
        assert not chunk.text[position : one.span.start].strip()
        assert one.span.start < one.span.end
        assert one.regions
        position = one.span.end
    assert not chunk.text[position:].strip()


def _words(texts: Iterable[str]) -> Counter[str]:
    return Counter(word for text in texts for word in text.split())


@given(st.lists(st.tuples(st.integers(1, 2), st.lists(st.integers(1, 30), max_size=4)), max_size=6), st.integers(5, 30))
def test_no_chunk_has_text_of_two_sections(plan: list[tuple[int, list[int]]], limit: int) -> None:
    blocks = []
    for number, (level, lengths) in enumerate(plan):
        blocks.append(heading(f"s{number}", level))
        blocks += [block(" ".join([f"s{number}"] * length)) for length in lengths]
    for one in chunks(*blocks, limit=limit):
        (section,) = set(one.text.split())
        assert one.text == section or one.heading_path[-1] == section
