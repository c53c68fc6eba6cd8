"""Cuts a parsed document into chunks that never cross a heading of level 1 or 2.

A section's blocks are joined into one text and cut by langchain-text-splitters' recursive splitter (paragraphs, then
lines, then sentences, then words, then characters), measured in the embedder's own tokens. A section that is too long
is cut into pieces of about equal length rather than full ones and a rest. A piece that begins within a table gets the
table's header row in front.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import ceil

from langchain_text_splitters import RecursiveCharacterTextSplitter

from ingest.model import CELL_SEPARATOR, Block, BlockKind, Chunk, ParsedDocument, Sentence, Span
from ingest.ports import Tokenizer
from ingest.sentences import regions, split_sentences

SECTION_LEVEL = 2
SEPARATORS = ["\n\n", "\n", r"(?<=[.!?;:])\s+", r"\s+", r"\S{256}", ""]
BALANCE_SLACK = 1.15
# A tokenizer takes a word that it cannot read, of whatever length, for one unknown token.
CHARACTERS_PER_TOKEN = 16
TIGHT = (BlockKind.LIST_ITEM, BlockKind.TABLE_ROW)


@dataclass(frozen=True, slots=True)
class Section:
    """The blocks under one heading of level 1 or 2, and the headings above them."""

    heading_path: tuple[str, ...]
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class _Placed:
    """A block, where it starts in its section's text, what of it is cited as a whole, and its table's header row."""

    start: int
    block: Block
    units: Sequence[Span]
    header: "_Placed | None" = None


def chunk_document(document: ParsedDocument, tokenizer: Tokenizer, limit: int) -> list[Chunk]:
    """Cut a document into chunks.

    Args:
        document: The parsed document.
        tokenizer: Counts tokens as the embedder does.
        limit: Most tokens of a chunk's text.

    Returns:
        Chunks in reading order; their sentences cover all text of the document but the headings that became
        heading paths. A table's header row may be in several.
    """
    chunks: list[Chunk] = []
    offset = 0
    for section in sections(document.blocks):
        text, placed = _join(section.blocks)
        for piece, header in _headed_pieces(text, placed, tokenizer, limit):
            chunk = _chunk(text, piece, header, section, placed, tokenizer)
            if chunk.sentences:
                span = Span(offset + piece.start, offset + piece.end)
                chunks.append(replace(chunk, ordinal=len(chunks), span=span))
        offset += len(text) + 2
    return chunks


def sections(blocks: Sequence[Block]) -> Iterator[Section]:
    """Group blocks by headings of level 1 and 2. A heading with nothing below it is kept as its own text."""
    path: list[tuple[int, str]] = []
    body: list[Block] = []
    heading: Block | None = None
    for block in blocks:
        if block.kind is BlockKind.HEADING and block.level <= SECTION_LEVEL:
            yield from _section(path, body, heading, following=block)
            while path and path[-1][0] >= block.level:
                path.pop()
            path.append((block.level, block.text))
            body, heading = [], block
        else:
            body.append(block)
    yield from _section(path, body, heading, following=None)


def _section(
    path: Sequence[tuple[int, str]], body: Sequence[Block], heading: Block | None, following: Block | None
) -> Iterator[Section]:
    titles = tuple(title for _, title in path)
    if body:
        yield Section(titles, tuple(body))
    elif heading and (following is None or following.level <= heading.level):
        yield Section(titles[:-1], (heading,))


def _join(blocks: Sequence[Block]) -> tuple[str, list[_Placed]]:
    """A section's text and where each block starts in it; items and rows of one run stand on following lines."""
    parts: list[str] = []
    placed: list[_Placed] = []
    headers: dict[str, _Placed] = {}
    length = 0
    previous: Block | None = None
    for block in blocks:
        if previous is not None:
            tight = block.kind in TIGHT and block.kind is previous.kind
            parts.append("\n" if tight or previous.kind is BlockKind.HEADING else "\n\n")
            length += len(parts[-1])
        placed.append(_Placed(length, block, _units(block), headers.get(block.table_header)))
        if block.kind is BlockKind.TABLE_ROW and CELL_SEPARATOR in block.text and not block.table_header:
            headers[block.text] = placed[-1]
        parts.append(block.text)
        length += len(block.text)
        previous = block
    return "".join(parts), placed


def _headed_pieces(
    text: str, placed: Sequence[_Placed], tokenizer: Tokenizer, limit: int
) -> Iterator[tuple[Span, Block | None]]:
    """Pieces of a section, each with the header row that belongs in front of it.

    A piece that is too long together with its header is cut once more. A header of more than half a chunk is left out.
    """
    for piece in _pieces(text, tokenizer, limit):
        header = _header_above(piece, placed)
        if header is None:
            yield piece, None
            continue
        own = text[piece.start : piece.end]
        extra, whole = tokenizer.count_tokens([header.text, f"{header.text}\n{own}"])
        if extra > limit // 2:
            yield piece, None
        elif whole <= limit:
            yield piece, header
        else:
            for part in _pieces(own, tokenizer, limit - extra):
                moved = Span(piece.start + part.start, piece.start + part.end)
                yield moved, _header_above(moved, placed)


def _header_above(piece: Span, placed: Sequence[_Placed]) -> Block | None:
    """The header row of the table that a piece begins in, where it is not in the piece itself."""
    first = placed[_first(piece, placed)]
    return first.header.block if first.header and first.header.start < piece.start else None


def _first(piece: Span, placed: Sequence[_Placed]) -> int:
    """Which block a piece begins in."""
    return max(0, bisect_right(placed, piece.start, key=lambda one: one.start) - 1)


def _pieces(text: str, tokenizer: Tokenizer, limit: int) -> Iterator[Span]:
    known: dict[str, int] = {}

    def size(piece: str) -> int:
        if piece not in known:
            known[piece] = max(tokenizer.count_tokens([piece])[0], ceil(len(piece) / CHARACTERS_PER_TOKEN))
        return known[piece]

    total = size(text)
    if total <= limit:
        yield Span(0, len(text))
        return
    splitter = RecursiveCharacterTextSplitter(
        separators=SEPARATORS,
        is_separator_regex=True,
        keep_separator="end",
        chunk_size=min(limit, ceil(total / ceil(total / limit) * BALANCE_SLACK)),
        chunk_overlap=0,
        length_function=size,
        add_start_index=True,
    )
    for piece in splitter.create_documents([text]):
        start = int(piece.metadata["start_index"])
        yield Span(start, start + len(piece.page_content))


def _chunk(
    text: str, piece: Span, header: Block | None, section: Section, placed: Sequence[_Placed], tokenizer: Tokenizer
) -> Chunk:
    sentences = tuple(_sentences(piece, placed))
    pages = [region.page for sentence in sentences for region in sentence.regions] or [1]
    own = text[piece.start : piece.end]
    if header:
        top = Span(0, len(header.text))
        sentences = (Sentence(top, regions(header, top)), *(one.moved(top.end + 1) for one in sentences))
        own = f"{header.text}\n{own}"
    return Chunk(
        ordinal=0,
        text=own,
        span=piece,
        heading_path=section.heading_path,
        page=min(pages),
        page_end=max(pages),
        sentences=sentences,
        tokens=tokenizer.count_tokens([own])[0],
    )


def _sentences(piece: Span, placed: Sequence[_Placed]) -> Iterator[Sentence]:
    """The sentences of the blocks that a piece covers; one that the piece cuts is cut there."""
    for one in placed[_first(piece, placed) :]:
        if one.start >= piece.end:
            return
        begin = bisect_right(one.units, piece.start - one.start, key=lambda span: span.end)
        for span in one.units[begin:]:
            if one.start + span.start >= piece.end:
                return
            start, end = max(one.start + span.start, piece.start), min(one.start + span.end, piece.end)
            if start < end:
                found = regions(one.block, Span(start - one.start, end - one.start))
                yield Sentence(Span(start - piece.start, end - piece.start), found)


def _units(block: Block) -> list[Span]:
    """What is cited as a whole: a sentence, a table row, a heading."""
    if block.kind in (BlockKind.TABLE_ROW, BlockKind.HEADING):
        return [Span(0, len(block.text))]
    return split_sentences(block.text)
