"""The source that stands beside an answer: which pages of which version, and what is marked on them."""

from dataclasses import dataclass, replace

from app.ui.notes import Note
from ingest.model import Box, Region
from retrieval.model import Hit


@dataclass(frozen=True, slots=True)
class Source:
    """An opened source.

    Attributes:
        turn: Number of the turn that it belongs to.
        anchor: `note-2` or `passage-0`: what was clicked.
        label: What it is called, such as `Footnote 2`.
        document: Name of the document.
        version: Version number.
        version_id: Version id.
        quote: The cited text.
        regions: What is marked.
        pages: The page numbers shown.
    """

    turn: int
    anchor: str
    label: str
    document: str
    version: int
    version_id: int
    quote: str
    regions: tuple[Region, ...]
    pages: tuple[int, ...]


def source_of_note(turn: int, note: Note) -> Source:
    """The source of a footnote: the pages of its quote."""
    citation = note.citation
    return Source(
        turn=turn,
        anchor=f"note-{note.number}",
        label=f"Footnote {note.number}",
        document=citation.document,
        version=citation.version,
        version_id=citation.version_id,
        quote=citation.quote,
        regions=citation.regions,
        pages=quoted_pages(citation.regions),
    )


def source_of_passage(turn: int, index: int, hit: Hit) -> Source:
    """The source of a nearest passage: the pages that it covers."""
    passage = hit.passage
    regions = tuple(region for sentence in passage.sentences for region in sentence.regions)
    return Source(
        turn=turn,
        anchor=f"passage-{index}",
        label="Nearest passage",
        document=passage.document,
        version=passage.version,
        version_id=passage.version_id,
        quote=passage.text,
        regions=regions,
        pages=tuple(range(passage.page, passage.page_end + 1)),
    )


def quoted_pages(regions: tuple[Region, ...]) -> tuple[int, ...]:
    """The pages that regions lie on, ascending; page 1 without regions."""
    return tuple(sorted({region.page for region in regions})) or (1,)


def turn_to(source: Source, page: int) -> Source:
    """Show one page instead; 0 goes back to the pages of the quote."""
    return replace(source, pages=(page,) if page else quoted_pages(source.regions))


def boxes_on(source: Source, page: int) -> tuple[Box, ...]:
    """The boxes to mark on a page, each once."""
    boxes = (box for region in source.regions if region.page == page for box in region.boxes)
    return tuple(dict.fromkeys(boxes))
