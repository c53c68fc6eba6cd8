import re
from pathlib import Path

import pytest

from eval.document import Heading, Paragraph, Part, Picture, Table, write_report
from eval.figures import counts, differences, metric_bars, png, svg
from eval.files import write_text
from eval.metrics import Estimate
from ingest.errors import Permanent

ESTIMATES = {"recall@1": Estimate(0.5, 0.4, 0.6), "MAP": Estimate(0.7, 0.6, 0.75)}


def test_a_report_in_both_forms(tmp_path: Path) -> None:
    figure = metric_bars({"dense": ESTIMATES, "lexical": ESTIMATES})
    parts: list[Part] = [Heading("Results <1>"), Paragraph("All & more."), Table(["", "n"], [["a|b", "1"]])]

    page = write_report(tmp_path / "new", "Title", [*parts, Picture("bars", "Means", figure)])

    text = page.read_text()
    assert "<h2>Results &lt;1&gt;</h2>" in text
    assert "<p>All &amp; more.</p>" in text
    assert "<td>a|b</td><td>1</td>" in text
    assert text.count("<svg") == 1
    markdown = (tmp_path / "new" / "report.md").read_text()
    assert "## Results <1>\n\nAll & more.\n\n|  | n |\n| --- | ---: |\n| a\\|b | 1 |" in markdown
    assert "![Means](bars.png)" in markdown
    assert (tmp_path / "new" / "bars.png").read_bytes().startswith(b"\x89PNG")


def test_the_page_loads_nothing(tmp_path: Path) -> None:
    page = write_report(tmp_path, "Title", [Picture("a", "A", differences([0.5, -0.25, 0.0], "MAP"))]).read_text()

    assert not re.search(r"<(script|link|img|iframe|object)\b", page)
    references = re.findall(r'(?:href|src)="([^"]*)"', page)
    assert [one for one in references if not one.startswith("#")] == []
    assert "@import" not in page
    assert "url(http" not in page


def test_the_same_data_gives_the_same_drawing() -> None:
    def drawn() -> str:
        return svg(metric_bars({"dense": ESTIMATES}))

    assert drawn() == drawn()
    assert drawn() != svg(metric_bars({"dense": {**ESTIMATES, "MAP": Estimate(0.2, 0.1, 0.3)}}))


def test_nothing_to_count_is_drawn_all_the_same() -> None:
    assert png(counts([], "times", "chunks")).startswith(b"\x89PNG")


def test_a_file_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Permanent, match="cannot be written"):
        write_text(tmp_path / "file" / "report.md", "text")


def test_a_file_is_replaced_as_a_whole(tmp_path: Path) -> None:
    write_text(tmp_path / "a.txt", "first")
    write_text(tmp_path / "a.txt", "second")

    assert [one.name for one in tmp_path.iterdir()] == ["a.txt"]
    assert (tmp_path / "a.txt").read_text() == "second"
