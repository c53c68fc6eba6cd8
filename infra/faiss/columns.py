"""What is known of each row beside its vector: the fields that filters need, as columns."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from infra.faiss.library import Mask, Rows
from retrieval.model import IndexEntry, Selection
from retrieval.moments import microseconds

Codes = NDArray[np.int32]
Integers = NDArray[np.int64]

CODED = ("document_id", "collection_id", "file_type", "tags")


@dataclass(frozen=True, slots=True, eq=False)
class Coded:
    """A column that repeats few values.

    Attributes:
        codes: The place of each row's value in `values`, int32, shape (rows,).
        values: Different ones: all integers, all texts, or all tuples of texts.
    """

    codes: Codes
    values: tuple[Any, ...]
    numbers: Integers = field(init=False)

    def __post_init__(self) -> None:
        whole = bool(self.values) and isinstance(self.values[0], int)
        object.__setattr__(self, "numbers", np.array(self.values if whole else (), dtype=np.int64))

    @classmethod
    def of(cls, values: Iterable[Any]) -> "Coded":
        """From one value a row."""
        places: dict[Any, int] = {}
        codes = [places.setdefault(value, len(places)) for value in values]
        return cls(np.array(codes, dtype=np.int32), tuple(places))

    @classmethod
    def joined(cls, parts: Sequence["Coded"]) -> "Coded":
        """One below the other."""
        places: dict[Any, int] = {}
        tables = [
            np.array([places.setdefault(value, len(places)) for value in part.values], dtype=np.int32) for part in parts
        ]
        codes = [table[part.codes] for table, part in zip(tables, parts, strict=True)]
        return cls(np.concatenate(codes), tuple(places))

    def take(self, rows: Rows | Mask) -> "Coded":
        """Some rows, with the values that they have."""
        used, codes = np.unique(self.codes[rows], return_inverse=True)
        return Coded(codes.astype(np.int32), tuple(self.values[code] for code in used.tolist()))

    def equal_to_any(self, numbers: Integers) -> Mask:
        """Rows with one of these integers."""
        found: Mask = np.isin(self.numbers, numbers)[self.codes]
        return found

    def mask(self, admits: Callable[[Any], bool] | Sequence[int]) -> Mask | None:
        """Rows whose value is admitted; `None` for all of them."""
        if callable(admits):
            table = np.fromiter((admits(value) for value in self.values), dtype=bool, count=len(self.values))
        else:
            table = np.isin(self.numbers, np.array(admits, dtype=np.int64))
        return None if table.all() else table[self.codes]


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """The fields of `IndexEntry`, one column each; `uploaded_at` in microseconds since 1970."""

    chunk_id: Integers
    uploaded_at: Integers
    document_id: Coded
    collection_id: Coded
    file_type: Coded
    tags: Coded

    @classmethod
    def of(cls, entries: Sequence[IndexEntry]) -> "Columns":
        """From one entry a row."""
        return cls(
            np.array([entry.chunk_id for entry in entries], dtype=np.int64),
            np.array([microseconds(entry.uploaded_at) for entry in entries], dtype=np.int64),
            Coded.of(int(entry.document_id) for entry in entries),
            Coded.of(int(entry.collection_id) for entry in entries),
            Coded.of(entry.file_type for entry in entries),
            Coded.of(entry.tags for entry in entries),
        )

    @classmethod
    def joined(cls, parts: Sequence["Columns"]) -> "Columns":
        """One below the other."""
        return cls(
            np.concatenate([part.chunk_id for part in parts]),
            np.concatenate([part.uploaded_at for part in parts]),
            *(Coded.joined([getattr(part, name) for part in parts]) for name in CODED),
        )

    def __len__(self) -> int:
        return len(self.chunk_id)

    def take(self, rows: Rows | Mask) -> "Columns":
        """Some rows, in the order given."""
        coded = (getattr(self, name).take(rows) for name in CODED)
        return Columns(self.chunk_id[rows], self.uploaded_at[rows], *coded)

    def admitted(self, selection: Selection) -> Mask | None:
        """The rows that a selection admits; `None` for all of them."""
        masks = [self.collection_id.mask(selection.collections)]
        if selection.documents is not None:
            masks.append(self.document_id.mask(selection.documents))
        if selection.file_types:
            masks.append(self.file_type.mask(selection.file_types.__contains__))
        if selection.tags:
            masks.append(self.tags.mask(frozenset(selection.tags).issubset))
        if selection.uploaded_from:
            masks.append(self.uploaded_at >= microseconds(selection.uploaded_from))
        if selection.uploaded_to:
            masks.append(self.uploaded_at < microseconds(selection.uploaded_to))
        return every(masks)


def every(masks: Iterable[Mask | None]) -> Mask | None:
    """Rows that are in all masks; `None` stands for a mask of all rows."""
    narrow = [mask for mask in masks if mask is not None]
    return np.logical_and.reduce(narrow) if narrow else None
