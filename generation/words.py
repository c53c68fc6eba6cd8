"""Words and numbers of a text, for comparing an answer with its evidence."""

import re
from functools import cache

import snowballstemmer

WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")
STOP_TEXT = """
a about after all also am an and any are as at be because been before being between both but by can could did do does
doing during each else few for from further get gets got had has have having he her here hers him his how i if in into
is it its itself just let like me more most much my no nor not of off on once only or other our ours out over own per
same she should so some such than that the their theirs them then there these they this those through to too under
until up upon us very was we were what when where which while who whom whose why will with within would you your yours
many long often
"""
STOP_WORDS = frozenset(STOP_TEXT.split())
UNITS = """
zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen
nineteen twenty
"""
TENS = "thirty forty fifty sixty seventy eighty ninety hundred"
FIRST_TO_TWELFTH = "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth"
NUMBER_WORDS = {word: str(value) for value, word in enumerate(UNITS.split())} | {
    word: str(value) for value, word in zip(range(30, 101, 10), TENS.split(), strict=True)
}
ORDINALS = {word: str(value) for value, word in enumerate(FIRST_TO_TWELFTH.split(), start=1)}


@cache
def _stemmer() -> snowballstemmer.stemmer:
    return snowballstemmer.stemmer("english")


@cache
def stem(word: str) -> str:
    """The English Snowball stem of a lower-case word."""
    return str(_stemmer().stemWord(word))


def words(text: str) -> list[str]:
    """All words in lower case, in order."""
    return [word.lower().replace("’", "'").removesuffix("'s") for word in WORD.findall(text)]


def content_stems(text: str) -> frozenset[str]:
    """Stems of the words that carry meaning; number words count as their digits."""
    return frozenset(stem(NUMBER_WORDS.get(word, word)) for word in words(text) if word not in STOP_WORDS)


def coverage(part: frozenset[str], whole: frozenset[str]) -> float:
    """Share of `part` that occurs in `whole`, in [0, 1]; 1 when `part` is empty."""
    return len(part & whole) / len(part) if part else 1.0


def numbers(text: str) -> frozenset[str]:
    """Numbers in one spelling: "1,200" and "1200" agree, and so do "twelve" and "12", "third" and "3"."""
    digits = {_plain(number) for number in NUMBER.findall(text)}
    spelled = {NUMBER_WORDS.get(word) or ORDINALS.get(word) for word in words(text)}
    return frozenset(digits | {number for number in spelled if number})


def _plain(number: str) -> str:
    grouped = re.fullmatch(r"\d{1,3}(?:,\d{3})+(\.\d+)?", number)
    plain = number.replace(",", "") if grouped else number
    if re.fullmatch(r"\d+\.\d+", plain):
        plain = plain.rstrip("0").rstrip(".")
    return re.sub(r"^0+(?=\d)", "", plain)
