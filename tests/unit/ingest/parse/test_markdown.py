from pathlib import Path

import pytest

from ingest.errors import Damaged, NoText
from ingest.model import BlockKind, ParsedDocument
from ingest.parse.markdown import MarkdownParser


def parse(tmp_path: Path, source: str, name: str = "leave_policy.md") -> ParsedDocument:
    path = tmp_path / "blob"
    path.write_text(source, encoding="utf-8")
    return MarkdownParser().parse(path, name)


def test_blocks_in_order_with_kinds_and_levels(tmp_path: Path) -> None:
    source = """# Leave

Everyone has *26 days*
of [annual leave](https://leave.example/a).

## Casual leave

- half a day, see ![a calendar](calendar.png)
- a whole day

3. ask
4. wait

```
footnote ask
```
"""
    document = parse(tmp_path, source)
    assert [(block.kind, block.level, block.text) for block in document.blocks] == [
        (BlockKind.HEADING, 1, "Leave"),
        (BlockKind.PARAGRAPH, 0, "Everyone has 26 days of annual leave."),
        (BlockKind.HEADING, 2, "Casual leave"),
        (BlockKind.LIST_ITEM, 0, "half a day, see a calendar"),
        (BlockKind.LIST_ITEM, 0, "a whole day"),
        (BlockKind.LIST_ITEM, 0, "3. ask"),
        (BlockKind.LIST_ITEM, 0, "4. wait"),
        (BlockKind.PARAGRAPH, 0, "footnote ask"),
    ]
    assert document.title == "Leave"
    assert all(line.box is None and not line.edges for block in document.blocks for line in block.lines)


def test_tables_become_rows_with_their_header(tmp_path: Path) -> None:
    source = "| Kind | Days |\n|---|--:|\n| Annual | 26 |\n| Casual | **8** |\n"
    rows = parse(tmp_path, source).blocks
    assert [row.text for row in rows] == ["Kind | Days", "Annual | 26", "Casual | 8"]
    assert [row.table_header for row in rows] == ["", "Kind | Days", "Kind | Days"]
    assert {row.kind for row in rows} == {BlockKind.TABLE_ROW}


def test_html_leaves_its_text_only(tmp_path: Path) -> None:
    source = (
        "<div class='note'><p>Ask&nbsp;first.</p><script>alert(1)</script></div>\n\n"
        "One<br>two <b>three</b>.<!-- not this -->\n"
    )
    assert [block.text for block in parse(tmp_path, source).blocks] == ["Ask first.", "One two three."]


def test_front_matter_gives_the_title_and_no_text(tmp_path: Path) -> None:
    document = parse(tmp_path, '---\ntitle: "Leave Policy"\nlayout: page\n---\n\nText.\n')
    assert document.title == "Leave Policy"
    assert document.pages[0].text == "Text."


def test_title_falls_back_on_the_file_name(tmp_path: Path) -> None:
    assert parse(tmp_path, "Text.").title == "leave policy"


def test_long_texts_are_divided_into_pages_at_blocks(tmp_path: Path) -> None:
    document = parse(tmp_path, "\n\n".join(f"Paragraph {number} {'word ' * 99}" for number in range(30)))
    assert len(document.pages) == 5
    assert [page.number for page in document.pages] == [1, 2, 3, 4, 5]
    for block in document.blocks:
        (line,) = block.lines
        assert block.text in document.pages[line.page - 1].text
    assert max(len(page.text) for page in document.pages) < 3_600


def test_nothing_but_marks_is_no_text(tmp_path: Path) -> None:
    with pytest.raises(NoText):
        parse(tmp_path, "---\n\n***\n\n<!-- hidden -->\n")


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_bytes(b"# Leave\x00\x01")
    with pytest.raises(Damaged):
        MarkdownParser().parse(path, "a.md")
