import io
from pathlib import Path

import pytest
from PIL import Image

from ingest.errors import NotFound
from ingest.parse.pdf import PdfParser
from ingest.parse.render import render_page
from tests.unit.ingest.parse.drawing import HEIGHT, WIDTH, draw


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return draw(tmp_path / "a.pdf", lambda sheet: sheet.text(72, 100, "HHHHHHHHHH"))


def test_size_follows_the_scale_and_ink_stands_in_the_box(path: Path) -> None:
    image = Image.open(io.BytesIO(render_page(path, 1, 2.0))).convert("L")
    assert image.size == pytest.approx((2 * WIDTH, 2 * HEIGHT), abs=2)
    box = PdfParser().parse(path, "a.pdf").blocks[0].lines[0].box
    ink = image.point(lambda value: 255 * (value < 128)).getbbox()
    assert box is not None
    assert ink is not None
    assert 2 * box.x0 - 2 <= ink[0] <= ink[2] <= 2 * box.x1 + 2
    assert 2 * box.y0 <= ink[1] <= ink[3] <= 2 * box.y1


def test_no_side_is_longer_than_4000_pixels(path: Path) -> None:
    assert max(Image.open(io.BytesIO(render_page(path, 1, 50.0))).size) <= 4_000


@pytest.mark.parametrize("number", [0, 2, -1])
def test_a_page_outside_is_not_found(path: Path, number: int) -> None:
    with pytest.raises(NotFound):
        render_page(path, number, 1.0)
