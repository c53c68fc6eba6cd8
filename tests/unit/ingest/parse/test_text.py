from pathlib import Path

import pytest

from ingest.errors import Damaged, NoText
from ingest.model import Block, BlockKind, ParsedDocument
from ingest.parse.text import TextParser


def parse(tmp_path: Path, source: str | bytes) -> ParsedDocument:
    path = tmp_path / "blob"
    path.write_bytes(source if isinstance(source, bytes) else source.encode())
    return TextParser().parse(path, "leave-policy.txt")


def shown(document: ParsedDocument) -> list[tuple[str, str]]:
    def kind(block: Block) -> str:
        return (
            f"h{block.level}" if block.level else {"paragraph": "p", "list_item": "li", "table_row": "tr"}[block.kind]
        )

    return [(kind(block), block.text) for block in document.blocks]


def test_paragraphs_headings_and_items(tmp_path: Path) -> None:
    source = """LEAVE POLICY

Everyone has 26 days of annual
leave in a year.

4.2 Sick leave

Call by 09:30:
- in the morning
- before the shift,
  at the latest

Rules
=====
1. Ask first.
2. Then go.
"""
    assert shown(parse(tmp_path, source)) == [
        ("h1", "LEAVE POLICY"),
        ("p", "Everyone has 26 days of annual leave in a year."),
        ("h2", "4.2 Sick leave"),
        ("p", "Call by 09:30:"),
        ("li", "- in the morning"),
        ("li", "- before the shift, at the latest"),
        ("h1", "Rules"),
        ("li", "1. Ask first."),
        ("li", "2. Then go."),
    ]


@pytest.mark.parametrize(
    "line", ["Employees must give notice.", "4.2 Employees must give notice.", "26 days are left", "NO."]
)
def test_short_sentences_are_no_headings(tmp_path: Path, line: str) -> None:
    assert all(block.kind is not BlockKind.HEADING for block in parse(tmp_path, f"{line}\n\nMore of it.\n").blocks)


def test_form_feeds_end_pages(tmp_path: Path) -> None:
    document = parse(tmp_path, "First page.\f\fThird page.\f")
    assert [page.text for page in document.pages] == ["First page.", "", "Third page."]
    assert [block.lines[0].page for block in document.blocks] == [1, 3]


def test_wrapped_paragraphs_without_blank_lines_are_told_by_their_short_last_line(tmp_path: Path) -> None:
    source = (
        "Everyone who works here may take the days that are left over until\n"
        "the end of March of the next year.\n"
        "The manager answers a request within three working days, and gives\n"
        "a reason when the answer is no.\n"
    )
    assert [text[:8] for _, text in shown(parse(tmp_path, source))] == ["Everyone", "The mana"]


def test_columns_set_with_tabs_or_wide_gaps_are_rows(tmp_path: Path) -> None:
    source = "Kind\tDays\nAnnual\t26\n\nCasual      8 days\nSick        18 days\n"
    assert [text for kind, text in shown(parse(tmp_path, source)) if kind == "tr"] == [
        "Kind | Days", "Annual | 26", "Casual | 8 days", "Sick | 18 days",
    ]  # fmt: skip


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_encodings(tmp_path: Path, encoding: str) -> None:
    assert parse(tmp_path, "Café à la carte".encode(encoding)).pages[0].text == "Café à la carte"


def test_blank_and_binary_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(NoText):
        parse(tmp_path, " \n\n-----\n")
    with pytest.raises(Damaged):
        parse(tmp_path, b"abc\x00def")
