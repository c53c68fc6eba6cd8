"""Reads a model's reply while it is still being written: each sentence as soon as its JSON is complete."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from pydantic import ValidationError

from generation.model import DraftSentence
from generation.prompt import ModelAnswer, ModelSentence

MOST_CHARACTERS = 20_000
SENTENCE_DEPTH = 3


class Garbled(ValueError):
    """The reply is not what was asked for."""


@dataclass(slots=True)
class _Scanner:
    """Finds the ends of objects in JSON that comes in pieces of any size. `depth` counts open brackets."""

    text: str = ""
    at: int = 0
    depth: int = 0
    begun: int = 0
    quoted: bool = False
    escaped: bool = False
    objects: list[str] = field(default_factory=list)

    def feed(self, piece: str) -> list[str]:
        """The texts of the objects in the root's array that this piece completes."""
        self.text += piece
        self.objects = []
        while self.at < len(self.text):
            self._step(self.text[self.at])
            self.at += 1
        return self.objects

    def _step(self, character: str) -> None:
        if self.quoted:
            self._in_string(character)
        elif character == '"':
            self.quoted = True
        elif character in "{[":
            self.depth += 1
            if self.depth == SENTENCE_DEPTH and character == "{":
                self.begun = self.at
        elif character in "}]":
            if self.depth == SENTENCE_DEPTH and character == "}":
                self.objects.append(self.text[self.begun : self.at + 1])
            self.depth -= 1

    def _in_string(self, character: str) -> None:
        if self.escaped:
            self.escaped = False
        elif character == "\\":
            self.escaped = True
        elif character == '"':
            self.quoted = False


def unfold(pieces: Iterable[str]) -> Iterator[DraftSentence]:
    """Drafted sentences of a reply that comes in pieces, each with the piece that completes it.

    The reply as a whole is checked at its end: until the iteration ends without an error, nothing of it holds.

    Args:
        pieces: The text of the reply, cut anywhere.

    Raises:
        Garbled: It is not the JSON that was asked for, or it ends too early.
    """
    scanner = _Scanner()
    given: list[DraftSentence] = []
    for piece in pieces:
        completed = scanner.feed(piece)
        _check_start(scanner.text)
        for text in completed:
            given.append(_sentence(text))
            yield given[-1]
    if _whole(scanner.text) != given:
        raise Garbled("the sentences are not where they should be")


def _check_start(text: str) -> None:
    """Prose is given up at once, not at its end; so is what never ends."""
    begun = text.lstrip()
    if begun and not begun.startswith("{"):
        raise Garbled(f"it begins with {begun[:20]!r}")
    if len(text) > MOST_CHARACTERS:
        raise Garbled(f"it has more than {MOST_CHARACTERS:,} characters")


def _sentence(text: str) -> DraftSentence:
    try:
        return ModelSentence.model_validate_json(text).draft()
    except ValidationError as error:
        raise Garbled(_reason(error)) from error


def _whole(text: str) -> list[DraftSentence]:
    try:
        return ModelAnswer.model_validate_json(text).drafts()
    except ValidationError as error:
        raise Garbled(_reason(error)) from error


def _reason(error: ValidationError) -> str:
    first = error.errors()[0]
    where = ".".join(map(str, first["loc"]))
    return f"{where}: {first['msg']}" if where else first["msg"]
