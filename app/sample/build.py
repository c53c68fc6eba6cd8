"""Typesets ``handbook.md`` as ``quillmere-handbook.pdf``; the same source gives the same bytes.

Run ``python -m app.sample.build`` after a change to the source. Needs reportlab, which is a
development dependency.
"""

import re
from collections.abc import Iterator
from html import escape
from pathlib import Path

from reportlab.pdfbase.pdfmetrics import (  # type: ignore[import-untyped, unused-ignore]
    stringWidth,
)
from reportlab.pdfgen.canvas import Canvas  # type: ignore[import-untyped, unused-ignore]
from reportlab.platypus import (  # type: ignore[import-untyped, unused-ignore]
    BaseDocTemplate,
    Flowable,
    Frame,
    FrameBreak,
    KeepTogether,
    NextPageTemplate,
    PageBreak,
    PageTemplate,
    Paragraph,
    Spacer,
    Table,
    TableStyle,
)
from reportlab.platypus.tableofcontents import (  # type: ignore[import-untyped, unused-ignore]
    TableOfContents,
)

from app.sample import styles
from app.sample.source import (
    Block,
    Bullets,
    Caption,
    Clause,
    Grid,
    Handbook,
    Heading,
    Mark,
    Plain,
    parse_handbook,
)

FOLDER = Path(__file__).parent
SOURCE = FOLDER / "handbook.md"
TARGET = FOLDER / "quillmere-handbook.pdf"
CELL_PADDING = 5.0


class HandbookTemplate(BaseDocTemplate):  # type: ignore[misc, unused-ignore]
    """The pages of the handbook: cover, text in one column, text in two columns."""

    def __init__(self, target: Path, handbook: Handbook) -> None:
        """Describe the PDF file that a later ``multiBuild`` writes to ``target``."""
        super().__init__(
            str(target),
            title=f"{handbook.company}: {handbook.title}",
            author=f"{handbook.company}, People Team",
            subject=f"{handbook.edition}. {handbook.effective}.",
            keywords=handbook.keywords,
            lang="en-GB",
            invariant=1,
        )
        self.handbook = handbook
        self.addPageTemplates([cover_page(), text_page(), columns_page()])

    def afterFlowable(self, flowable: Flowable) -> None:
        """Enter chapters and sections in the table of contents and in the PDF outline."""
        names = [styles.CHAPTER.name, styles.SECTION.name]
        if not isinstance(flowable, Paragraph) or flowable.style.name not in names:
            return
        level, text = names.index(flowable.style.name), flowable.getPlainText()
        self.canv.bookmarkPage(text)
        self.canv.addOutlineEntry(text, text, level, closed=True)
        self.notify("TOCEntry", (level, escape(text), self.page, text))


def cover_page() -> PageTemplate:
    """The first page: a drawing in the upper half, the title in the lower half."""
    frame = plain_frame(styles.MARGIN, styles.BOTTOM, styles.TEXT_WIDTH, styles.PAGE_HEIGHT * 0.40)
    return PageTemplate("cover", [frame], onPage=draw_cover)


def text_page() -> PageTemplate:
    """A page with one column."""
    frame = plain_frame(styles.MARGIN, styles.BOTTOM, styles.TEXT_WIDTH, styles.TEXT_HEIGHT)
    return PageTemplate("text", [frame], onPage=draw_running_lines)


def columns_page() -> PageTemplate:
    """A page with a full-width head and two columns below it."""
    width = (styles.TEXT_WIDTH - styles.GUTTER) / 2
    height = styles.TEXT_HEIGHT - styles.COLUMNS_HEAD
    frames = [
        plain_frame(styles.MARGIN, styles.BOTTOM + height, styles.TEXT_WIDTH, styles.COLUMNS_HEAD),
        plain_frame(styles.MARGIN, styles.BOTTOM, width, height),
        plain_frame(styles.MARGIN + width + styles.GUTTER, styles.BOTTOM, width, height),
    ]
    return PageTemplate("columns", frames, onPage=draw_running_lines)


def plain_frame(x: float, y: float, width: float, height: float) -> Frame:
    """A frame without padding; measures in points from the lower left corner of the page."""
    return Frame(x, y, width, height, leftPadding=0, rightPadding=0, topPadding=0, bottomPadding=0)


def draw_running_lines(canvas: Canvas, document: HandbookTemplate) -> None:
    """Draw the header and the footer with the page number."""
    left, right = styles.MARGIN, styles.PAGE_WIDTH - styles.MARGIN
    top, bottom = styles.PAGE_HEIGHT - styles.HEADER, styles.FOOTER
    canvas.saveState()
    canvas.setFont("Helvetica", 8)
    canvas.setFillColor(styles.FAINT)
    canvas.drawString(left, top, document.handbook.company)
    canvas.drawRightString(right, top, document.handbook.title)
    canvas.drawString(left, bottom, document.handbook.edition)
    canvas.drawRightString(right, bottom, f"Page {canvas.getPageNumber()}")
    canvas.setStrokeColor(styles.RULE)
    canvas.setLineWidth(0.5)
    canvas.line(left, top - 5, right, top - 5)
    canvas.line(left, bottom + 11, right, bottom + 11)
    canvas.restoreState()


def draw_cover(canvas: Canvas, document: HandbookTemplate) -> None:
    """Draw the running lines and a field of isobars, a weather map's lines of equal pressure."""
    draw_running_lines(canvas, document)
    low, high = styles.PAGE_HEIGHT * 0.50, styles.PAGE_HEIGHT - styles.MARGIN
    canvas.saveState()
    clip = canvas.beginPath()
    clip.rect(styles.MARGIN, low, styles.TEXT_WIDTH, high - low)
    canvas.clipPath(clip, stroke=0, fill=0)
    canvas.setFillColor(styles.ACCENT)
    canvas.rect(styles.MARGIN, low, styles.TEXT_WIDTH, high - low, stroke=0, fill=1)
    draw_isobars(canvas, styles.PAGE_WIDTH * 0.64, (low + high) / 2 - 8)
    canvas.restoreState()


def draw_isobars(canvas: Canvas, x: float, y: float) -> None:
    """Draw rings around a centre of low pressure, wider apart and fainter with distance."""
    canvas.translate(x, y)
    canvas.rotate(24)
    canvas.setStrokeColorRGB(1, 1, 1)
    for ring in range(1, 15):
        width, height = 17.0 * ring + 1.2 * ring**2, 11.0 * ring + 0.7 * ring**2
        canvas.setStrokeAlpha(max(0.14, 0.9 - 0.06 * ring))
        canvas.setLineWidth(1.6 if ring % 4 == 0 else 0.7)
        canvas.ellipse(-width - 2 * ring, -height, width - 2 * ring, height + 3 * ring)


def build_story(handbook: Handbook) -> list[Flowable]:
    """Turn the handbook into reportlab's flowables: cover, contents, text."""
    return [*build_cover(handbook), *build_contents(), *build_text(handbook.blocks)]


def build_cover(handbook: Handbook) -> Iterator[Flowable]:
    """Yield the title and the imprint."""
    yield Paragraph(to_markup(handbook.company), styles.TAGLINE)
    yield Paragraph(to_markup(handbook.title), styles.TITLE)
    yield Paragraph(to_markup(handbook.tagline), styles.TAGLINE)
    yield Spacer(0, 90)
    for line in (handbook.edition, handbook.effective, handbook.issuer):
        yield Paragraph(to_markup(line), styles.IMPRINT)


def build_contents() -> Iterator[Flowable]:
    """Yield the table of contents, which reportlab fills in on its second pass."""
    yield NextPageTemplate("text")
    yield PageBreak()
    yield Paragraph("Contents", styles.TITLE.clone("contents", fontSize=18, leading=23))
    yield TableOfContents(levelStyles=styles.CONTENTS, dotsMinLevel=0, tableStyle=contents_style())
    yield PageBreak()


def contents_style() -> TableStyle:
    """Lines that stand close together; the paragraph styles give the space before a chapter."""
    sides = ("LEFT", "RIGHT", "TOP", "BOTTOM")
    return TableStyle([(f"{side}PADDING", (0, 0), (-1, -1), 0) for side in sides])


def build_text(blocks: tuple[Block, ...]) -> Iterator[Flowable]:
    """Yield the flowables of all blocks; paragraphs in the two columns are set smaller."""
    body = styles.BODY
    for position, block in enumerate(blocks):
        if isinstance(block, Mark):
            body = styles.BODY if block is Mark.ONE_COLUMN else styles.COLUMN
            yield from build_mark(block)
        elif isinstance(block, Grid):
            yield from build_table(block, blocks[position - 1])
        elif isinstance(block, Plain):
            yield Paragraph(to_markup(block.text), body)
        else:
            yield from build_block(block)


def build_mark(mark: Mark) -> Iterator[Flowable]:
    """Yield the break that a page mark asks for."""
    if mark is Mark.NEXT_COLUMN:
        yield FrameBreak()
    else:
        yield NextPageTemplate("columns" if mark is Mark.TWO_COLUMNS else "text")
        yield PageBreak()


def build_block(block: Heading | Clause | Bullets | Caption) -> Iterator[Flowable]:
    """Yield a heading, a clause or a list; captions are set with their tables."""
    match block:
        case Heading(level, text):
            yield Paragraph(to_markup(text), styles.HEADINGS[level])
        case Clause(number, text):
            yield Paragraph(to_markup(text), styles.CLAUSE, bulletText=number)
        case Bullets(items):
            for item in items:
                yield Paragraph(to_markup(item), styles.BULLET, bulletText="•")
            yield Spacer(0, 3)


def build_table(grid: Grid, before: Block) -> Iterator[Flowable]:
    """Yield a table that stays on one page together with its caption."""
    titles, *rows = grid.rows
    cells = [[Paragraph(to_markup(cell), styles.CELL_TITLE) for cell in titles]]
    cells += [[Paragraph(to_markup(cell), styles.CELL) for cell in row] for row in rows]
    table = Table(cells, colWidths=column_widths(grid), repeatRows=1, style=table_style())
    caption = before.text if isinstance(before, Caption) else ""
    heading = Paragraph(to_markup(caption), styles.CAPTION)
    yield KeepTogether([heading, table, Spacer(0, 11)])


def table_style() -> TableStyle:
    """Shaded column titles, thin lines between the rows, a stronger line above and below."""
    return TableStyle(
        [
            ("BACKGROUND", (0, 0), (-1, 0), styles.SHADE),
            ("LINEBELOW", (0, 0), (-1, -2), 0.5, styles.RULE),
            ("LINEABOVE", (0, 0), (-1, 0), 1.0, styles.ACCENT),
            ("LINEBELOW", (0, -1), (-1, -1), 1.0, styles.ACCENT),
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("LEFTPADDING", (0, 0), (-1, -1), CELL_PADDING),
            ("RIGHTPADDING", (0, 0), (-1, -1), CELL_PADDING),
            ("TOPPADDING", (0, 0), (-1, -1), 3.2),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 3.8),
        ]
    )


def column_widths(grid: Grid) -> list[float]:
    """Share the text width so that each column gets what its longest cell needs.

    A surplus is spread evenly; a shortage is taken from the widest column, which then wraps.
    """
    columns = zip(*grid.rows, strict=True)
    widths = [max(map(cell_width, column)) + 2 * CELL_PADDING + 1 for column in columns]
    surplus = styles.TEXT_WIDTH - sum(widths)
    if surplus < 0:
        widths[widths.index(max(widths))] += surplus
        return widths
    return [width + surplus / len(widths) for width in widths]


def cell_width(text: str) -> float:
    """The width of a cell's text in points when set bold on one line."""
    return float(stringWidth(text, styles.CELL_TITLE.fontName, styles.CELL_TITLE.fontSize))


def to_markup(text: str) -> str:
    """Turn Markdown's bold and straight apostrophes into what reportlab sets."""
    curly = escape(text, quote=False).replace("'", "\N{RIGHT SINGLE QUOTATION MARK}")
    return re.sub(r"\*\*(.+?)\*\*", r"<b>\1</b>", curly)


def build_handbook(source: Path, target: Path) -> None:
    """Typeset the source file as a PDF file.

    Raises:
        ValueError: The source is malformed.
    """
    handbook = parse_handbook(source.read_text(encoding="utf-8"))
    HandbookTemplate(target, handbook).multiBuild(build_story(handbook))


def main() -> None:
    """Build the PDF that is kept beside its source."""
    build_handbook(SOURCE, TARGET)
    print(f"{TARGET.name}: {TARGET.stat().st_size // 1024} kB")


if __name__ == "__main__":
    main()
