"""What every parser shares: the text of pages, and titles."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import PurePath

from ingest.model import Block, BlockKind, Page

_LONGEST_TITLE = 200
_NO_TITLE = re.compile(
    r"(microsoft (word|powerpoint|excel)\b.*|untitled.*|.*\.(docx?|pdf|tex|indd|qxd|rtf|odt|xlsx?|pptx?|dvi|ps|p65)|"
    r"(document|doc|title|slide|presentation|print|layout)\s*\d*|[\W\d_]*|powerpoint presentation)",
    re.I,
)


def page_texts(blocks: Sequence[Block]) -> dict[int, str]:
    """The readable text of each page that has any: its blocks, or the parts of them that stand on it, one a line."""
    parts: dict[int, list[str]] = defaultdict(list)
    for block in blocks:
        for page in dict.fromkeys(line.page for line in block.lines):
            spans = [line.span for line in block.lines if line.page == page]
            parts[page].append(block.text[spans[0].start : spans[-1].end])
    return {page: "\n".join(texts) for page, texts in parts.items()}


def make_pages(blocks: Sequence[Block], sizes: Mapping[int, tuple[float, float]]) -> tuple[Page, ...]:
    """The pages with these displayed sizes, in order."""
    texts = page_texts(blocks)
    return tuple(Page(number, *size, texts.get(number, "")) for number, size in sorted(sizes.items()))


def choose_title(stated: str, blocks: Sequence[Block], name: str) -> str:
    """The title stated in the file where it is sensible, else the first top heading, else the readable file name."""
    stated = " ".join(stated.split())
    if stated and len(stated) <= _LONGEST_TITLE and not _NO_TITLE.fullmatch(stated):
        return stated
    headings = [block for block in blocks if block.kind is BlockKind.HEADING and len(block.text) <= _LONGEST_TITLE]
    early = [block for block in headings if block.lines[0].page <= 2]
    for block in early:
        if block.level == 1:
            return block.text
    return early[0].text if early else readable_name(name)


def readable_name(name: str) -> str:
    """A file's name without folder and ending, underscores and hyphens as spaces."""
    stem = PurePath(name.replace("\\", "/")).stem
    return " ".join(re.sub(r"[_\-.+]+", " ", stem).split()) or "Untitled"
