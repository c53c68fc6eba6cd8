"""Rows of a table that hold for a range of values: which one is meant by "six years"?

A reader knows that a table is apt; comparing numbers is what it does badly. Where a question names a quantity and the
rows of one table state ranges of the same kind, arithmetic decides between the rows.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import inf

from generation.units import CELL
from generation.words import NUMBER_WORDS, STOP_WORDS, content_stems, stem

SPELLED = "|".join(sorted((word for word in NUMBER_WORDS if word != "zero"), key=len, reverse=True))
SIGN = r"[€$£]|\b(?:EUR|USD|GBP)\b"
NUMBER = rf"(?:(?:{SIGN})\s?)?(?:\d{{1,3}}(?:,\d{{3}})+|\d+)(?:\.\d+)?(?![\d.,]*\d)|\b(?:{SPELLED})\b"
UNIT = r"[^\W\d_]+|[%€$£]"
VALUE = rf"(?P<NAME>{NUMBER})(?:[\s-]?(?P<NAME_unit>(?!(?:to|and|or|until|but|up)\b)(?:{UNIT})))?"
LOW, HIGH = VALUE.replace("NAME", "low"), VALUE.replace("NAME", "high")
TO = r"\s*(?:-|–|—|\bto\b|\band\b|\buntil\b)\s*"
OVER, UNDER = "more than|over|above|beyond|exceeding|longer than|older than", "less than|under|below|fewer than"
UP_TO = "up to|until|at most|maximum|no more than|not more than|not over|within"
# Forms of a range, and whether its lower and its upper end belong to it; the first that fits counts.
FORMS: Sequence[tuple[str, bool, bool]] = (
    (rf"(?:from |between )?{LOW}(?:{TO}|,? but )(?:{UNDER}) {HIGH}", True, False),
    (rf"(?:{OVER}) {LOW},?(?: and| but)? (?:{UP_TO}|to) {HIGH}", False, True),
    (rf"(?:from |between )?{LOW}{TO}(?:up to )?{HIGH}", True, True),
    (rf"{LOW} (?:or|and) (?:more|over|above|longer|older|up|upwards|beyond)", True, True),
    (rf"{LOW}\s?\+", True, True),
    (rf"(?:from|at least|minimum|starting at) {LOW}(?: on| onwards| upwards)?", True, True),
    (rf"(?:{OVER}) {LOW}", False, True),
    (rf"(?:{UNDER}) {HIGH}", True, False),
    (rf"(?:{UP_TO}) {HIGH}", True, True),
    (rf"{HIGH} (?:or|and) (?:less|under|fewer|below|shorter|younger)", True, True),
)
PATTERNS = tuple((re.compile(rf"{form}(?:\s[^\d]*)?", re.IGNORECASE), low, high) for form, low, high in FORMS)
QUANTITY = re.compile(VALUE.replace("NAME", "value"), re.IGNORECASE)
CURRENCIES = {"eur": "€", "euro": "€", "usd": "$", "dollar": "$", "gbp": "£", "pound": "£"}
# In days; months and years of average length.
TIMES = {"day": 1.0, "week": 7.0, "month": 30.4375, "year": 365.25}
# Dates and times of day are not compared.
MONTHS = "january february march april may june july august september october november december"
UNCOUNTED = frozenset(stem(one) for one in [*MONTHS.split(), *(name[:3] for name in MONTHS.split()), "am", "pm", "hrs"])
KEY_COLUMNS = 2


@dataclass(frozen=True, slots=True)
class Quantity:
    """A value and the stems of what it may count, such as `{"year"}` or `{"€"}`; durations count days."""

    value: float
    units: frozenset[str]


@dataclass(frozen=True, slots=True)
class Range:
    """Values from `least` to `most`, and whether each of the two belongs to it."""

    least: float
    most: float
    closed: tuple[bool, bool]
    units: frozenset[str]

    def counts(self, quantity: Quantity) -> bool:
        """Does the quantity count what this range counts?"""
        return bool(self.units & quantity.units)

    def holds(self, value: float) -> bool:
        """Does the value lie in it?"""
        above = value >= self.least if self.closed[0] else value > self.least
        return above and (value <= self.most if self.closed[1] else value < self.most)


def quantities(text: str) -> Iterator[Quantity]:
    """The numbers of a text that stand with what they count, in order."""
    for found in QUANTITY.finditer(text):
        units = _units(found["value"], found["value_unit"])
        if units:
            yield _quantity(found["value"], units)


def stated_range(cell: str, header: str = "") -> Range | None:
    """The range that a cell states; what it counts may stand in its column's header."""
    for pattern, closed_low, closed_high in PATTERNS:
        found = pattern.fullmatch(cell.strip())
        if not found:
            continue
        ends = found.groupdict()
        low, high = ends.get("low"), ends.get("high")
        units = _units(low, ends.get("low_unit")) | _units(high, ends.get("high_unit"))
        units = units or content_stems(f"{cell} {header}")
        least = _quantity(low, units).value if low else 0.0
        most = _quantity(high, units).value if high else inf
        counted = _quantity("0", units).units
        return None if least > most or counted & UNCOUNTED else Range(least, most, (closed_low, closed_high), counted)
    return None


def decide(
    question: str, texts: Sequence[str], tables: Sequence[object], logits: Sequence[float]
) -> list[float | None]:
    """Decide between the rows of a table by the quantity that a question names.

    Args:
        question: The question.
        texts: Units; a row of a table is two lines, its header and its cells.
        tables: Which document each unit is from: rows with the same header in one document are of one table.
        logits: The reader's, for each unit.

    Returns:
        The logits, but where one row of a table holds the quantity, it has the highest of the table's rows, and rows
        that the quantity lies outside of have none: they do not answer.
    """
    decided: list[float | None] = list(logits)
    asked = list(quantities(question))
    for places in _tables(texts, tables) if asked else ():
        ranged = _ranged([texts[place] for place in places])
        inside = _inside(asked, ranged)
        if inside is None:
            continue
        if sum(inside) == 1:
            decided[places[inside.index(True)]] = max(logits[place] for place in places)
        for place, stated, holds in zip(places, ranged, inside, strict=True):
            if stated and not holds:
                decided[place] = None
    return decided


def _tables(texts: Sequence[str], tables: Sequence[object]) -> Iterable[list[int]]:
    """The places of each table's rows."""
    groups: dict[tuple[object, str], list[int]] = {}
    for place, (text, table) in enumerate(zip(texts, tables, strict=True)):
        header, newline, _ = text.partition("\n")
        if newline and CELL in header:
            groups.setdefault((table, header), []).append(place)
    return groups.values()


def _ranged(rows: Sequence[str]) -> list[Range | None]:
    """The ranges in the first of the key columns that states some in at least two rows."""
    lines = [row.split("\n") for row in rows]
    cells = [line[1].split(CELL) for line in lines]
    for column, header in enumerate(lines[0][0].split(CELL)[:KEY_COLUMNS]):
        stated = [stated_range(row[column], header) if column < len(row) else None for row in cells]
        if sum(one is not None for one in stated) > 1:
            return stated
    return [None] * len(rows)


def _inside(asked: Sequence[Quantity], ranged: Sequence[Range | None]) -> list[bool] | None:
    """Which rows hold the quantity; `None` where no row does, or where the question names none or several such."""
    fitting = [one for one in asked if any(stated and stated.counts(one) for stated in ranged)]
    if len(fitting) != 1:
        return None
    inside = [bool(stated and stated.holds(fitting[0].value)) for stated in ranged]
    return inside if any(inside) else None


def _units(number: str | None, unit: str | None) -> frozenset[str]:
    sign = re.match(SIGN, number or "", re.IGNORECASE)
    named = (sign[0] if sign else unit or "").lower()
    return frozenset({CURRENCIES.get(stem(named), stem(named))} if named and named not in STOP_WORDS else ())


def _quantity(number: str, units: frozenset[str]) -> Quantity:
    digits = re.search(r"\d[\d,.]*", number)
    value = float(digits[0].replace(",", "") if digits else NUMBER_WORDS[number.lower()])
    times = units & TIMES.keys()
    if len(times) != 1:
        return Quantity(value, units)
    return Quantity(value * TIMES[next(iter(times))], (units - times) | {"day"})
