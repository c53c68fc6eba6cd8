"""What layout yields."""

from dataclasses import dataclass, field

from ingest.parse.fragments import Fragment


@dataclass(frozen=True, slots=True)
class Zone:
    """A column of text (`rows` is empty) or a table (`rows` holds each row's cells, a cell its lines, top to bottom).

    `left` and `right` bound the column.
    """

    left: float
    right: float
    lines: list[Fragment] = field(default_factory=list)
    rows: list[list[list[Fragment]]] = field(default_factory=list)
