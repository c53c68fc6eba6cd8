"""The types of a document on its way from a file to chunks.

Pages count from 1. Boxes are PDF points (1/72 inch) measured from the page's top left corner, y growing downwards.
Character offsets count Python characters (code points).
"""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

EVERYONE = "everyone"
CELL_SEPARATOR = " | "
"""Between the cells of a table row's text."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Who asks. Every read of documents is limited to what a scope may see."""

    user: str = "local"
    groups: frozenset[str] = frozenset()

    @property
    def principals(self) -> list[str]:
        """The names that a collection's reader list is matched against, sorted."""
        return sorted({EVERYONE, f"user:{self.user}", *(f"group:{group}" for group in self.groups)})


@dataclass(frozen=True, slots=True)
class Span:
    """A half-open range of characters, `[start, end)`."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle on a page in points from the top left corner: `x0 <= x1`, `y0 <= y1`."""

    x0: float
    y0: float
    x1: float
    y1: float


@dataclass(frozen=True, slots=True)
class Region:
    """The boxes that a piece of text covers on one page; no boxes where the format has no geometry."""

    page: int
    boxes: tuple[Box, ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a version. `width` and `height` are points, 0 where the format has no geometry."""

    number: int
    width: float
    height: float
    text: str


class BlockKind(StrEnum):
    """What a block is; it decides how blocks are joined and where chunks may be cut."""

    HEADING = "heading"
    PARAGRAPH = "paragraph"
    LIST_ITEM = "list_item"
    TABLE_ROW = "table_row"


@dataclass(frozen=True, slots=True)
class Line:
    """Where one printed line of a block stands.

    Attributes:
        span: The line's characters within the block's text (without the line break).
        page: Page number, from 1.
        box: The line's rectangle; `None` where the format has no geometry.
        edges: `span.end - span.start + 1` x coordinates: left edge of each character, then the
            right edge of the last. Empty where the format has no geometry.
    """

    span: Span
    page: int
    box: Box | None = None
    edges: "array[float]" = field(default_factory=lambda: array("f"), compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Block:
    """A heading, paragraph, list item or table row in reading order; it may run over several pages.

    Attributes:
        kind: What it is.
        text: Its text; printed lines are joined by one space, a hyphenated word at a line end is mended.
        lines: The printed lines in order; their spans cover `text` but for joining spaces.
        level: Heading level from 1; 0 for every other kind.
        table_header: For a table row, the header row's cells joined by " | ", else empty.
    """

    kind: BlockKind
    text: str
    lines: tuple[Line, ...]
    level: int = 0
    table_header: str = ""


@dataclass(frozen=True, slots=True)
class ParsedDocument:
    """What a parser makes of a file. `title` is never empty (the file's stem at worst)."""

    title: str
    pages: tuple[Page, ...]
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence (or table row, or list item) of a chunk: its span in the chunk's text and its regions."""

    span: Span
    regions: tuple[Region, ...]

    def moved(self, characters: int) -> "Sentence":
        """The same sentence where the text in front of it has grown by so many characters."""
        return Sentence(Span(self.span.start + characters, self.span.end + characters), self.regions)


@dataclass(frozen=True, slots=True)
class Chunk:
    """What is embedded and found.

    Attributes:
        ordinal: Position in the document, from 0.
        text: The chunk's own text, as cited; where it begins within a table, below the table's header row.
        span: Its characters in the document's text (all blocks joined), without a repeated header row.
        heading_path: Headings above it, outermost first.
        page: First page of its own text, from 1.
        page_end: Last page of its own text.
        sentences: Its sentences in order.
        tokens: Length of `text` in the embedder's tokens.
    """

    ordinal: int
    text: str
    span: Span
    heading_path: tuple[str, ...]
    page: int
    page_end: int
    sentences: tuple[Sentence, ...]
    tokens: int


class VersionStatus(StrEnum):
    """Where a version stands: `queued`, then `working`, then `indexed` or `failed`."""

    QUEUED = "queued"
    WORKING = "working"
    INDEXED = "indexed"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Blob:
    """A stored file: its content hash (hex SHA-256) and size in bytes."""

    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Upload:
    """A checked file on its way into the catalog."""

    name: str
    collection: str
    file_type: str
    tags: Sequence[str]
    blob: Blob


@dataclass(frozen=True, slots=True)
class Receipt:
    """What an upload led to. `unchanged` means that the current version has this very content."""

    document_id: int
    version_id: int
    version: int
    unchanged: bool


@dataclass(frozen=True, slots=True)
class Version:
    """One upload of a document, as the catalog knows it.

    `pages_done` counts embedded pages while the job runs; `pages` is 0 until the file has been parsed.
    """

    id: int
    document_id: int
    number: int
    name: str
    collection: str
    file_type: str
    tags: tuple[str, ...]
    blob: Blob
    status: VersionStatus
    uploaded_at: datetime
    pages: int
    pages_done: int
    chunks: int
    title: str
    error: str
    seconds: float
