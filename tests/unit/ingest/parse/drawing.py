"""Draws small PDFs whose layout is known to the point."""

import io
from collections.abc import Callable
from pathlib import Path

from reportlab.lib.pagesizes import A4
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas

WIDTH, HEIGHT = A4
LOREM = (
    "Every employee may take the days that are left at the end of the year until the last day of March. The manager "
    "answers within three working days and gives a reason when the answer is no. Nobody has to say why they need the "
    "time. Part of a day counts as half a day, and days that fall on a public holiday are not counted at all."
)


class Sheet:
    """A canvas measured from the top left, in points; text is placed by its baseline."""

    def __init__(self, path: Path, page_size: tuple[float, float] = A4, **options: object) -> None:
        self.canvas = Canvas(str(path), pagesize=page_size, **options)
        self.height = page_size[1]

    def text(self, x: float, y: float, text: str, font: str = "Helvetica", size: float = 11) -> None:
        self.canvas.setFont(font, size)
        self.canvas.drawString(x, self.height - y, text)

    def paragraph(
        self, x: float, y: float, width: float, text: str, font: str = "Helvetica", size: float = 11
    ) -> float:
        """Draw wrapped text with a line distance of 1.25; returns the baseline after the last line."""
        line = ""
        for word in text.split():
            if stringWidth(f"{line} {word}".strip(), font, size) > width:
                self.text(x, y, line, font, size)
                y, line = y + 1.25 * size, ""
            line = f"{line} {word}".strip()
        self.text(x, y, line, font, size)
        return y + 1.25 * size

    def next_page(self) -> None:
        self.canvas.showPage()

    def save(self) -> None:
        self.canvas.save()


def draw(path: Path, drawing: Callable[[Sheet], object], **options: object) -> Path:
    sheet = Sheet(path, **options)  # type: ignore[arg-type]
    drawing(sheet)
    sheet.save()
    return path


def picture() -> io.BytesIO:
    from PIL import Image

    buffer = io.BytesIO()
    Image.new("RGB", (60, 80), "grey").save(buffer, "PNG")
    buffer.seek(0)
    return buffer
