"""Milvus' filter language. Names of fields are ours, numbers are integers, and all text goes through `literal`."""

import re
from collections.abc import Iterable, Iterator, Sequence

from retrieval.model import Selection
from retrieval.moments import microseconds

ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"})
SURROGATES = re.compile("[\ud800-\udfff]")


def condition(selection: Selection) -> str:
    """The expression that admits what the selection admits; the selection is not empty."""
    return " and ".join(_conditions(selection))


def chunks(chunk_ids: Iterable[int]) -> str:
    """Admits these chunks."""
    return f"chunk_id in {_numbers(chunk_ids)}"


def of_document(document_id: int) -> str:
    """Admits the chunks of a document."""
    return f"document_id == {int(document_id)}"


def literal(text: str) -> str:
    """A string literal that holds exactly this text, whatever stands in it."""
    return f'"{storable(text).translate(ESCAPES)}"'


def storable(text: str) -> str:
    """The text with a replacement character for each lone surrogate, which no encoding can carry."""
    return SURROGATES.sub("\ufffd", text)


def _conditions(selection: Selection) -> Iterator[str]:
    yield f"collection_id in {_numbers(selection.collections)}"
    if selection.documents is not None:
        yield f"document_id in {_numbers(selection.documents)}"
    if selection.file_types:
        yield f"file_type in {_texts(selection.file_types)}"
    if selection.tags:
        yield f"array_contains_all(tags, {_texts(selection.tags)})"
    if selection.uploaded_from:
        yield f"uploaded_at >= {microseconds(selection.uploaded_from)}"
    if selection.uploaded_to:
        yield f"uploaded_at < {microseconds(selection.uploaded_to)}"


def _numbers(values: Iterable[int]) -> str:
    return f"[{', '.join(str(int(value)) for value in sorted(set(values)))}]"


def _texts(values: Sequence[str]) -> str:
    return f"[{', '.join(literal(value) for value in sorted(set(values)))}]"
