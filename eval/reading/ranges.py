"""Exercises on tables whose rows are ranges: which row holds for six years, for 40 km, for an order of € 700?

Everything is drawn from a seed: what is measured, where the ranges end, how they are written, what is granted, and how
it is asked for. Half of the questions have a row that answers them; the others ask for what the table does not tell.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from eval.reading.exercises import Exercise
from generation.evidence import readable

WORDS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
FEWEST_ROWS, MOST_ROWS = 3, 6


@dataclass(frozen=True, slots=True)
class Measure:
    """What tells the rows apart.

    Attributes:
        name: As the table's first header.
        unit: Behind a number, or before it where it is a currency sign.
        steps: Sizes that a range can have.
        heading: Of the section.
        asked: Ways to give a value in a question.
    """

    name: str
    unit: str
    steps: tuple[int, ...]
    heading: str
    asked: tuple[str, ...]

    def amount(self, number: int, words: bool = False) -> str:
        """A number with its unit."""
        text = WORDS[number] if words and number < len(WORDS) else f"{number:,}"
        return f"{self.unit}{number:,}" if self.unit in "€$£" else f"{text} {self.unit}"


@dataclass(frozen=True, slots=True)
class Grant:
    """What a column holds: its header, its values' form, where they start, how they grow, and how one asks for it."""

    header: str
    form: str
    least: int
    growth: int
    asked: tuple[str, ...]


MEASURES = (
    Measure("Length of service", "years", (1, 2, 3, 5), "Entitlements by service", (
        "I have been here {n}", "after {n} with the company", "with {n} of service", "I've worked here for {n}",
        "someone who joined {n} ago", "{n} in the job")),
    Measure("Length of service", "months", (3, 6, 12), "Terms by length of employment", (
        "I started {n} ago", "after {n}", "an employee with {n} of service", "being {n} in the job")),
    Measure("Distance", "km", (5, 10, 25, 50, 100), "Rates by distance", (
        "for a trip of {n}", "I live {n} away", "the site is {n} from the depot", "if the move is {n}")),
    Measure("Age", "years", (3, 5, 10), "By age", (
        "for a {n} old person", "my mother is {n} old", "aged {n}", "someone of {n}")),
    Measure("Order value", "€", (50, 100, 250, 500), "Charges by order value", (
        "for an order of {n}", "I spend {n}", "buying goods for {n}", "with {n} in the basket")),
    Measure("Weight", "kg", (1, 2, 5, 10, 20), "Parcels and freight", (
        "for a parcel of {n}", "my case weighs {n}", "sending {n}", "a load of {n}")),
    Measure("Amount", "$", (100, 500, 1000, 2500), "Approval limits", (
        "for a purchase of {n}", "an invoice over {n}", "if it costs {n}", "spending {n}")),
    Measure("Team size", "people", (2, 5, 10, 20), "By size of the team", (
        "for a team of {n}", "we are {n}", "with {n} on the crew", "in a group of {n}")),
    Measure("Duration of the trip", "hours", (2, 4, 6), "Allowances for trips", (
        "for a trip of {n}", "when I am away for {n}", "after {n} on the road", "being out {n}")),
    Measure("Notice given", "days", (2, 5, 7, 14), "Cancelling", (
        "if I cancel {n} before", "with {n} of notice", "telling you {n} ahead", "calling it off {n} early")),
    Measure("Depth", "m", (5, 10, 20), "Works by depth", (
        "at {n}", "for a dive to {n}", "when the trench is {n} deep", "down to {n}")),
    Measure("Claim", "£", (100, 250, 1000), "Claims", (
        "for a claim of {n}", "the damage is {n}", "if I claim {n}", "claiming back {n}")),
)  # fmt: skip
GRANTS = (
    Grant("Annual leave", "{} days", 18, 2, ("how many days of leave", "what holiday do I get", "annual leave")),
    Grant("Notice period", "{} weeks", 2, 2, ("how long is the notice period", "what notice must be given", "notice?")),
    Grant("Allowance", "€{}", 15, 12, ("what is the allowance", "how much is paid", "which allowance applies")),
    Grant("Deposit", "£{}", 40, 30, ("what deposit is due", "how much deposit", "deposit to pay")),
    Grant("Delivery charge", "€{}", 4, 3, ("what does delivery cost", "delivery charge", "how much for shipping")),
    Grant("Bonus", "{} %", 1, 1, ("what bonus is paid", "how big is the bonus", "bonus percentage")),
    Grant("Breaks", "{} minutes", 15, 10, ("how long are the breaks", "what break do we get", "minutes of break")),
    Grant("Sick pay", "{} weeks", 2, 3, ("how long is sick pay paid", "weeks of sick pay", "sick pay")),
    Grant("First aiders", "{}", 1, 1, ("how many first aiders are needed", "first aiders required")),
    Grant("Discount", "{} %", 2, 3, ("what discount is given", "how much discount", "price reduction")),
    Grant("Insurance excess", "${}", 50, 45, ("what excess applies", "how high is the excess", "the excess")),
    Grant("Storage time", "{} days", 5, 6, ("how long is it stored", "days of storage", "how many days in storage")),
    Grant("Refund", "{} %", 20, 15, ("what share is refunded", "how much money comes back", "refund")),
    Grant("Training", "{} hours", 4, 3, ("how many hours of training", "training needed", "required training")),
)
RULES = (
    "Figures hold from 1 January until a new table is published on the notice board.",
    "Whoever falls between two dates is placed by the date on which the form is received.",
    "Exceptions are agreed in writing with the office and filed with the contract.",
    "The table is reviewed every second spring together with the works council.",
    "Ask the office if you are not sure which row is yours.",
    "Part-time staff and volunteers are treated in the same way as all others.",
)
ASKING = (
    "{value}, {wanted}?",
    "{wanted} {value}?",
    "{value} - {wanted}",
    "Tell me {wanted} {value}",
    "{wanted}: {value}",
)


def ranges(count: int, seed: int = 1) -> Iterator[Exercise]:
    """So many exercises, four to a table."""
    drawn = random.Random(seed)
    for number in range(0, count, 4):
        yield from _table(drawn, f"ranges:{number // 4}")


def _table(drawn: random.Random, section: str) -> Iterator[Exercise]:
    measure = drawn.choice(MEASURES)
    grants = drawn.sample(GRANTS, drawn.randint(1, 3))
    bounds = _bounds(drawn, measure)
    rows = len(bounds) + 1
    header = " | ".join([measure.name, *(one.header for one in grants)])
    cells = [[one.form.format(one.least + place * one.growth) for one in grants] for place in range(rows)]
    labels = drawn.choice(STYLES)(measure, bounds)
    units = [f"{header}\n{' | '.join([label, *row])}" for label, row in zip(labels, cells, strict=True)]
    units += drawn.sample(RULES, drawn.randint(1, 3))
    texts = tuple(readable(measure.heading, unit) for unit in units)
    absent = [one for one in GRANTS if one not in grants]
    for _ in range(2):
        value, row = _value(drawn, bounds)
        yield Exercise(_question(drawn, measure, drawn.choice(grants), value), texts, frozenset({row}), section)
        value, _ = _value(drawn, bounds)
        yield Exercise(_question(drawn, measure, drawn.choice(absent), value), texts, frozenset(), section)


def _bounds(drawn: random.Random, measure: Measure) -> list[int]:
    """Where one row ends and the next begins, rising."""
    bounds = [drawn.choice(measure.steps)]
    for _ in range(drawn.randint(FEWEST_ROWS, MOST_ROWS) - 2):
        bounds.append(bounds[-1] + drawn.choice(measure.steps) * drawn.choice((1, 1, 2)))
    return bounds if bounds[0] > 1 else [one + 1 for one in bounds]


def _value(drawn: random.Random, bounds: Sequence[int]) -> tuple[int, int]:
    """A value that lies inside a row, and the row."""
    row = drawn.randrange(len(bounds) + 1)
    least = bounds[row - 1] + 1 if row else 1
    most = bounds[row] - 1 if row < len(bounds) else bounds[-1] * 2
    return (drawn.randint(least, most) if least <= most else least), row


def _question(drawn: random.Random, measure: Measure, grant: Grant, value: int) -> str:
    given = drawn.choice(measure.asked).format(n=measure.amount(value, words=drawn.random() < 0.3))
    question = drawn.choice(ASKING).format(value=given, wanted=drawn.choice(grant.asked))
    return question[0].upper() + question[1:] if drawn.random() < 0.6 else question


def _below(measure: Measure, bounds: Sequence[int]) -> list[str]:
    between = [f"{low} to less than {measure.amount(high)}" for low, high in pairwise(bounds)]
    return [f"Less than {measure.amount(bounds[0])}", *between, f"{measure.amount(bounds[-1])} or more"]


def _until(measure: Measure, bounds: Sequence[int]) -> list[str]:
    between = [f"More than {low:,} and up to {measure.amount(high)}" for low, high in pairwise(bounds)]
    return [f"Up to {measure.amount(bounds[0])}", *between, f"Over {measure.amount(bounds[-1])}"]


def _dashed(measure: Measure, bounds: Sequence[int]) -> list[str]:
    between = [f"{low + 1:,}–{measure.amount(high)}" for low, high in pairwise(bounds)]
    return [f"0–{measure.amount(bounds[0])}", *between, f"from {measure.amount(bounds[-1] + 1)}"]


def _from(measure: Measure, bounds: Sequence[int]) -> list[str]:
    between = [f"From {low:,} to under {measure.amount(high)}" for low, high in pairwise(bounds)]
    return [f"Under {measure.amount(bounds[0])}", *between, f"{measure.amount(bounds[-1])} and above"]


STYLES = (_below, _until, _dashed, _from)
