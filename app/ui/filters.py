"""Where to look: the choices that a library offers, and the filters that they make."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from ingest.model import Version
from retrieval.model import Filters


@dataclass(frozen=True, slots=True)
class Options:
    """What can be chosen, each sorted."""

    documents: tuple[str, ...]
    collections: tuple[str, ...]
    file_types: tuple[str, ...]
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """What has been chosen; days are whole days in the machine's time zone, both included."""

    documents: tuple[str, ...] = ()
    collections: tuple[str, ...] = ()
    file_types: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    first_day: date | None = None
    last_day: date | None = None


def options_of(versions: Sequence[Version]) -> Options:
    """The choices that a library offers."""
    return Options(
        documents=tuple(sorted({version.name for version in versions})),
        collections=tuple(sorted({version.collection for version in versions})),
        file_types=tuple(sorted({version.file_type for version in versions})),
        tags=tuple(sorted({tag for version in versions for tag in version.tags})),
    )


def to_filters(choice: Choice) -> Filters:
    """The filters of a choice."""
    return Filters(
        documents=choice.documents,
        collections=choice.collections,
        file_types=choice.file_types,
        tags=choice.tags,
        uploaded_from=_midnight(choice.first_day),
        uploaded_to=_midnight(choice.last_day + timedelta(days=1)) if choice.last_day else None,
    )


def count_active(choice: Choice) -> int:
    """How many limits are set."""
    limits = (choice.documents, choice.collections, choice.file_types, choice.tags, choice.first_day, choice.last_day)
    return sum(bool(limit) for limit in limits)


def in_words(choice: Choice) -> str:
    """The choice in one line; empty when nothing is limited."""
    named = {
        "": choice.documents,
        "collection ": choice.collections,
        "type ": choice.file_types,
        "tag ": choice.tags,
    }
    parts = [f"{kind}{', '.join(values)}" for kind, values in named.items() if values]
    if choice.first_day:
        parts.append(f"uploaded from {choice.first_day:%d %b %Y}")
    if choice.last_day:
        parts.append(f"uploaded until {choice.last_day:%d %b %Y}")
    return " · ".join(parts)


def _midnight(day: date | None) -> datetime | None:
    return datetime.combine(day, time()).astimezone() if day else None
