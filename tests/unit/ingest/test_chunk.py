"""Cutting documents into chunks."""

import base64
import random
import string
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.chunk import CHARACTERS_PER_TOKEN, chunk_document, sections
from ingest.model import Block, BlockKind, Box, Chunk, Region, Span
from ingest.ports import Embedder
from ingest.sentences import split_sentences
from tests.unit.ingest.words import WIDTH, WordTokenizer, block, document, heading, table

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


GRADES = table("Grade | Notice", *(f"G{number} | {number} weeks" for number in range(1, 9)))


def test_a_table_that_goes_on_in_the_next_chunk_has_its_header_there_too() -> None:
    first, second = chunks(*GRADES, limit=20)
    assert said(first) == ["Grade | Notice", "G1 | 1 weeks", "G2 | 2 weeks", "G3 | 3 weeks", "G4 | 4 weeks"]
    assert said(second) == ["Grade | Notice", "G5 | 5 weeks", "G6 | 6 weeks", "G7 | 7 weeks", "G8 | 8 weeks"]
    assert second.text == "\n".join(said(second))
    assert second.sentences[0].regions == first.sentences[0].regions
    assert (first.tokens, second.tokens) == (19, 19)
    assert (second.span.start, second.span.end) == (first.span.end + 1, first.span.end + 1 + len(second.text) - 15)


def test_a_piece_that_has_no_room_for_its_header_is_cut_once_more() -> None:
    found = chunks(*GRADES, limit=18)
    assert [said(one)[0] for one in found] == ["Grade | Notice"] * len(found)
    assert [row for one in found for row in said(one)[1:]] == [one.text for one in GRADES[1:]]
    assert max(one.tokens for one in found) <= 18


def test_the_text_below_a_table_has_no_header() -> None:
    found = chunks(*GRADES, block("This sentence stands below the table. " * 4), limit=20)
    assert [one.text.startswith("Grade | Notice") for one in found] == [True, True, False, False]


def test_a_chunk_stands_on_the_pages_of_its_rows_not_on_that_of_a_repeated_header() -> None:
    head, *rows = GRADES
    found = chunks(head, *rows[:4], *(replace(row, lines=block(row.text, page=2).lines) for row in rows[4:]), limit=20)
    assert [(one.page, one.page_end) for one in found] == [(1, 1), (2, 2)]
    assert [one.regions[0].page for one in found[1].sentences] == [1, 2, 2, 2, 2]


def test_each_table_has_its_own_header() -> None:
    cities = table("City | Rate in EUR", *(f"C{number} | {number} a day" for number in range(1, 9)), top=200)
    found = chunks(*GRADES, block("And for travel:"), *cities, limit=20)
    headers = {"G": "Grade | Notice", "C": "City | Rate in EUR"}
    for one in found:
        rows = [text for text in said(one) if " | " in text]
        assert [row for row in rows if row in headers.values()] == list(dict.fromkeys(headers[row[0]] for row in rows))
    assert sum(text == headers["C"] for one in found for text in said(one)) > 1


@pytest.mark.parametrize(
    "rows",
    [
        table("one " * 12 + "| two", *(f"G{number} | {number} weeks" for number in range(1, 9))),
        table("All of it", *(f"G{number} | {number} weeks" for number in range(1, 9))),
        [block(f"G{number} | {number} weeks", kind=ROW) for number in range(1, 9)],
    ],
)
def test_a_header_that_is_too_long_or_none_is_not_repeated(rows: list[Block]) -> None:
    found = chunks(*rows, limit=20)
    assert len(found) > 1
    assert [text for one in found for text in said(one)] == [one.text.strip() for one in rows]


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


def test_a_word_that_is_one_unknown_token_is_cut_too() -> None:
    rubbish = "".join(random.Random(1).choices(string.ascii_letters, k=50_000))
    found = chunks(block(f"Before it. {rubbish} After it."), limit=20)
    assert "".join(one.text for one in found).replace(" ", "") == f"Beforeit.{rubbish}Afterit."
    assert max(len(one.text) for one in found) <= 20 * CHARACTERS_PER_TOKEN


class CountedTokenizer(WordTokenizer):
    """Remembers how much it has read."""

    def __init__(self) -> None:
        self.characters = 0

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        self.characters += sum(map(len, texts))
        return super().count_tokens(texts)


@pytest.mark.parametrize("text", ["x" * 200_000, "x " * 100_000, "a-b." * 50_000, "line\n" * 40_000])
def test_the_work_is_in_proportion_to_the_text(text: str) -> None:
    tokenizer = CountedTokenizer()
    chunk_document(document(block(text)), tokenizer, 20)
    assert tokenizer.characters < 8 * len(text)


@pytest.mark.parametrize("coding", [base64.b64encode, base64.encodebytes, base64.b16encode])
def test_binary_data_in_a_text_is_cut_with_the_real_tokenizer(
    coding: Callable[[bytes], bytes], embedder: Embedder
) -> None:
    text = coding(random.Random(1).randbytes(60_000)).decode().strip()
    found = chunk_document(document(block(text)), embedder, 128)
    assert "".join(one.text for one in found).replace("\n", "") == text.replace("\n", "")
    assert max(one.tokens for one in found) <= 128
    assert max(len(one.text) for one in found) <= 128 * CHARACTERS_PER_TOKEN


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
cells = st.lists(words, min_size=2, max_size=4).map(" | ".join)
tables = st.lists(cells, min_size=1, max_size=8).map(lambda rows: table(*rows))
runs = st.one_of(
    paragraphs.map(lambda one: [one]), items.map(lambda one: [one]), headings.map(lambda one: [one]), tables
)


@settings(max_examples=150)
@given(st.lists(runs, max_size=12), st.integers(5, 40))
def test_any_document(parts: list[list[Block]], limit: int) -> None:
    blocks = [one for part in parts for one in part]
    found = chunks(*blocks, limit=limit)
    assert [one.ordinal for one in found] == list(range(len(found)))
    for one in found:
        assert one.tokens == len(one.text.split()) <= limit
        assert _repeated(one) == 0 or said(one)[0] in {block.table_header for block in blocks}
        _covers_itself(one)
    assert all(one.span.end <= other.span.start for one, other in pairwise(found))
    kept = [one for one in blocks if one.kind is not BlockKind.HEADING or one.level > 2]
    quoted = _words(text for one in found for text in said(one)[bool(_repeated(one)) :])
    assert _words(one.text for one in kept) <= quoted <= _words(one.text for one in blocks)


def _repeated(chunk: Chunk) -> int:
    """Characters of a header row that is repeated in front of the chunk's own text."""
    extra = len(chunk.text) - (chunk.span.end - chunk.span.start)
    assert extra in (0, chunk.sentences[0].span.end + 1)
    return extra


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
