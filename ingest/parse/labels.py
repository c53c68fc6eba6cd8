"""What starts a list item or a numbered heading."""

import re

_SOLID_BULLETS = (
    "\u2022\u2023\u25e6\u2043\u2219\u25cf\u25cb\u25aa\u25ab\u25a0\u25a1\u25c6\u25c7\u25ba\u25b8\u25b9"
    "\u27a2\u27a4\u2713\u2714\u2756\u2605\u2610\u2611\u2726"
)
_BULLET = rf"[{_SOLID_BULLETS}\u2013\u2014*\u00b7o\ufffd-]"
_OUTLINE_NUMBER = r"(?:\d{1,3}|[A-Z])(?:\.\d{1,3}){1,4}"
_LETTERS = r"(?:[A-Za-z]|[ivxlc]{1,6}|[IVXLC]{1,6})"
_NUMBER = rf"(?:\(?(?:\d{{1,3}}|{_LETTERS})[.)]|{_OUTLINE_NUMBER}[.)]?|\[\d{{1,3}}\])"
_LABEL = re.compile(rf"(?:{_BULLET}|{_NUMBER})")
_ITEM = re.compile(rf"(?:{_BULLET}|{_NUMBER})\s+(?=\S)")
_SOLID_BULLET = re.compile(rf"[{_SOLID_BULLETS}]\s*(?=\S)")
_OUTLINE = re.compile(
    r"(?:(?:chapter|section|part|article|appendix|annex|schedule)\s+)?((?:\d{1,3}|[A-Z](?=\.\d))(?:\.\d{1,3}){0,4})"
    r"[.):]?\s+(?=\S)",
    re.I,
)
_APPENDIX = re.compile(r"(?:appendix|annex|schedule|chapter|part)\s+(?:[A-Z]|[IVXLC]+)\b", re.I)
_DATE_OR_AMOUNT = re.compile(r"\d{1,3}(?:\.\d{1,3})?\s+(?:[a-z%]|per\s?cent)")


def is_label(text: str) -> bool:
    """Whether the text is nothing but a bullet or an item's number."""
    return len(text) <= 12 and _LABEL.fullmatch(text) is not None


def starts_item(text: str) -> bool:
    """Whether a line starts a list item: a bullet or a number, then text; "1.5 days" starts none."""
    if _DATE_OR_AMOUNT.match(text):
        return False
    return _ITEM.match(text) is not None or has_bullet(text)


def has_bullet(text: str) -> bool:
    """Whether a line starts with a mark that is nothing but a bullet."""
    return _SOLID_BULLET.match(text) is not None


def outline_depth(text: str) -> int:
    """Depth of a leading outline number: 1 for "4 Leave" and "Appendix A", 2 for "4.2 Sick leave"; 0 without one."""
    match = _OUTLINE.match(text)
    if match:
        return match.group(1).count(".") + 1
    return 1 if _APPENDIX.match(text) else 0
