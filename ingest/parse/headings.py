"""Finds headings by size, weight and numbering relative to the body text."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ingest.model import BlockKind
from ingest.parse.drafts import Draft
from ingest.parse.labels import has_bullet, outline_depth
from ingest.parse.outline import set_levels

_LARGER = 1.1
_MUCH_LARGER = 1.4
EVEN = 0.35
_LONGEST = 200
_LONGEST_BOLD = 120
_LONGEST_NUMBERED = 80
_ENDINGS = (".", ",", ";")


@dataclass(frozen=True, slots=True)
class Body:
    """The style of most of the text: font size in points, rounded to halves, weight, and its share of all letters."""

    size: float
    bold: bool
    share: float

    @property
    def uneven(self) -> bool:
        """Whether sizes vary from line to line, as they do in the text layer that OCR puts under a scan."""
        return self.share < EVEN


def body_style(drafts: Iterable[Draft]) -> Body:
    """The style that most characters have."""
    letters: Counter[tuple[float, bool]] = Counter()
    for draft in drafts:
        for line in draft.lines:
            letters[round(line.size * 2) / 2, line.bold] += len(line.text)
    (size, bold), count = letters.most_common(1)[0]
    return Body(size, bold, count / max(1, letters.total()))


def mark_headings(drafts: Sequence[Draft]) -> None:
    """Turn the drafts that are headings into headings, with levels by rank of style and depth of numbering."""
    if not drafts:
        return
    body = body_style(drafts)
    found = [
        draft
        for draft, following in zip(drafts, [*drafts[1:], None], strict=True)
        if _is_heading(draft, following, body)
    ]
    for draft in found:
        draft.kind = BlockKind.HEADING
    set_levels(found)


def _is_heading(draft: Draft, following: Draft | None, body: Body) -> bool:
    if draft.kind is BlockKind.TABLE_ROW or draft.is_entry or len(draft.lines) > 3 or has_bullet(draft.first.text):
        return False
    text = " ".join(line.text for line in draft.lines)
    if len(text) > _LONGEST or sum(character.isalpha() for character in text) < 2:
        return False
    size = draft.first.size
    if text[0].islower() and size < _MUCH_LARGER * body.size:
        return False
    if size >= (_MUCH_LARGER if body.uneven else _LARGER) * body.size:
        return not text.endswith((",", ";")) and not (text.endswith(".") and len(text) > 90)
    if size < 0.93 * body.size or text.endswith(_ENDINGS) or following is None:
        return False
    if draft.first.bold and not body.bold:
        return len(text) <= _LONGEST_BOLD and len(draft.lines) <= 2 and all(line.bold for line in draft.lines)
    return _is_numbered_title(draft, following, text)


def _is_numbered_title(draft: Draft, following: Draft, text: str) -> bool:
    """A title like "4.2 Sick leave" on a line of its own above running text, in the style of the body."""
    if outline_depth(text) < 2 or len(draft.lines) > 1 or len(text) > _LONGEST_NUMBERED:
        return False
    title = text.split(" ", 1)[-1]
    alone = following.kind is BlockKind.PARAGRAPH and len(following.lines) > 1
    return title[:1].isupper() and len(title.split()) <= 10 and not title.endswith((":", "?", "!")) and alone
