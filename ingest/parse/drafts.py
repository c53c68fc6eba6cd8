"""Blocks in the making: printed lines with their geometry, grouped but not yet joined to text."""

from dataclasses import dataclass, field

from ingest.model import BlockKind
from ingest.parse.fragments import Fragment, Turned, clean, has_leader
from ingest.parse.glyphs import Floats

_CLOSING = "\"'\u201d\u2019\u00bb)]*"


@dataclass(frozen=True, slots=True)
class PrintedLine:
    """One printed line in layout coordinates, with the page it stands on and the right end of its neighbours."""

    text: str
    edges: Floats
    x0: float
    y0: float
    x1: float
    y1: float
    size: float
    bold: bool
    starts_bold: bool
    page: int
    turned: Turned
    right: float
    led: bool

    @classmethod
    def of(cls, fragment: Fragment, page: int, turned: Turned, right: float) -> "PrintedLine":
        """Clean a fragment's text and place it on a page."""
        text, edges = clean(fragment.text, fragment.edges)
        box = (fragment.x0, fragment.y0, fragment.x1, fragment.y1)
        weight = (fragment.bold, fragment.starts_bold)
        return cls(text, edges, *box, fragment.size, *weight, page, turned, right, has_leader(fragment.text))

    @property
    def middle(self) -> float:
        """The y coordinate of the middle."""
        return (self.y0 + self.y1) / 2

    @property
    def is_entry(self) -> bool:
        """Whether leader dots led to a page number at its end: an entry of a table of contents."""
        return self.led and self.text[-1:].isalnum()

    @property
    def ends_sentence(self) -> bool:
        """Whether the line ends with a mark that ends a sentence or announces a list."""
        return self.text.rstrip(_CLOSING).endswith((".", "!", "?", ":", ";"))

    def leaves_room_for(self, following: "PrintedLine") -> bool:
        """Whether the first word of the next line would have fitted on this one: the break was meant."""
        word = following.text.find(" ")
        width = float(following.edges[word if word > 0 else -1] - following.edges[0])
        return self.x1 + 0.25 * self.size + width < self.right - 0.5 * self.size


@dataclass(slots=True)
class Draft:
    """A block to be.

    `cells` counts the lines of each cell of a table row; `is_entry` marks an entry of a table of contents.
    """

    kind: BlockKind
    lines: list[PrintedLine]
    level: int = 0
    cells: list[int] = field(default_factory=list)
    is_entry: bool = False
    header: "Draft | None" = None

    @property
    def first(self) -> PrintedLine:
        """Its first line."""
        return self.lines[0]

    @property
    def last(self) -> PrintedLine:
        """Its last line."""
        return self.lines[-1]
