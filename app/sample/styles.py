"""The look of the handbook: measures, colours and paragraph styles."""

from reportlab.lib.colors import Color, HexColor  # type: ignore[import-untyped, unused-ignore]
from reportlab.lib.pagesizes import A4  # type: ignore[import-untyped, unused-ignore]
from reportlab.lib.styles import ParagraphStyle  # type: ignore[import-untyped, unused-ignore]
from reportlab.lib.units import mm  # type: ignore[import-untyped, unused-ignore]

PAGE_WIDTH, PAGE_HEIGHT = A4
MARGIN = 24 * mm
HEADER = 15 * mm
FOOTER = 14 * mm
TEXT_WIDTH = PAGE_WIDTH - 2 * MARGIN
BOTTOM = 22 * mm
TEXT_HEIGHT = PAGE_HEIGHT - MARGIN - BOTTOM
GUTTER = 8 * mm
COLUMNS_HEAD = 21 * mm
CLAUSE_INDENT = 14 * mm

INK: Color = HexColor("#1f2933")
ACCENT: Color = HexColor("#174a6b")
FAINT: Color = HexColor("#6b7785")
RULE: Color = HexColor("#c3cdd6")
SHADE: Color = HexColor("#e8eef3")

BODY = ParagraphStyle(
    "body",
    fontName="Helvetica",
    fontSize=9.8,
    leading=13.6,
    textColor=INK,
    spaceAfter=5.6,
    allowWidows=0,
    allowOrphans=0,
)
CLAUSE = ParagraphStyle("clause", BODY, leftIndent=CLAUSE_INDENT, bulletFontSize=9)
BULLET = ParagraphStyle(
    "bullet",
    BODY,
    leftIndent=CLAUSE_INDENT + 12,
    bulletIndent=CLAUSE_INDENT,
    spaceAfter=2.5,
)
COLUMN = ParagraphStyle("column", BODY, fontSize=9.4, leading=12.6, spaceAfter=5)
CELL = ParagraphStyle("cell", BODY, fontSize=8.8, leading=11, spaceAfter=0)
CELL_TITLE = ParagraphStyle("cell-title", CELL, fontName="Helvetica-Bold", textColor=ACCENT)
CAPTION = ParagraphStyle(
    "caption",
    CELL,
    fontName="Helvetica-Bold",
    textColor=INK,
    spaceBefore=6,
    spaceAfter=4,
    keepWithNext=1,
)

CHAPTER = ParagraphStyle(
    "chapter",
    BODY,
    fontName="Helvetica-Bold",
    fontSize=17,
    leading=22,
    textColor=ACCENT,
    spaceBefore=18,
    spaceAfter=5,
    keepWithNext=1,
)
SECTION = ParagraphStyle("section", CHAPTER, fontSize=12, leading=15, spaceBefore=8, spaceAfter=4)
QUESTION = ParagraphStyle(
    "question",
    CHAPTER,
    fontSize=9.6,
    leading=12.6,
    spaceBefore=5,
    spaceAfter=1.5,
)
HEADINGS = {1: CHAPTER, 2: SECTION, 3: QUESTION}

TITLE = ParagraphStyle("title", CHAPTER, fontSize=38, leading=46, spaceBefore=0, spaceAfter=8)
TAGLINE = ParagraphStyle("tagline", BODY, fontSize=14, leading=20, textColor=FAINT)
IMPRINT = ParagraphStyle("imprint", BODY, fontSize=11, leading=17, spaceAfter=0)
CONTENTS = [
    ParagraphStyle(
        "contents-1",
        BODY,
        fontName="Helvetica-Bold",
        leading=13,
        spaceBefore=5.5,
        spaceAfter=0,
    ),
    ParagraphStyle("contents-2", BODY, fontSize=9, leading=12, leftIndent=14, spaceAfter=0),
]
