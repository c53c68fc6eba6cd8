"""What is embedded, indexed and reranked for a chunk: where it stands, then what it says."""

import re
from collections.abc import Sequence
from pathlib import PurePath

WORD = re.compile(r"[^\W_]+")


def document_label(name: str, title: str) -> str:
    """A title that tells documents of one kind apart: the file's stem, and the title where it says more.

    Several documents of a company often share the title on their cover; people tell them apart by file name.

    >>> document_label("Travel_Policy-2024.pdf", "Contoso Group")
    'Travel Policy 2024 - Contoso Group'
    >>> document_label("handbook.pdf", "Employee Handbook")
    'Employee Handbook'
    """
    stem = " ".join(WORD.findall(PurePath(name).stem))
    named, titled = _words(stem), _words(title)
    if not named or named <= titled:
        return title
    return stem if titled <= named else f"{stem} - {title}"


def contextual_text(label: str, heading_path: Sequence[str], text: str) -> str:
    """The document's label and the headings above a chunk on one line, then the chunk's own text.

    A chunk that says "You get 12 days" is found by "casual leave" only through its headings.
    """
    path = [label, *heading_path]
    unique = [part for position, part in enumerate(path) if part and part not in path[:position]]
    return f"{' > '.join(unique)}\n{text}" if unique else text


def _words(text: str) -> set[str]:
    return {word.lower() for word in WORD.findall(text)}
