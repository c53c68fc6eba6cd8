"""What the page shows of the library, ready for the browser; and what happened to it, in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ingest.model import Receipt, Version, VersionStatus
from retrieval.library import DeleteReceipt

STATUS_WORDS = {
    VersionStatus.QUEUED: "Waiting",
    VersionStatus.WORKING: "Being read",
    VersionStatus.INDEXED: "Ready",
    VersionStatus.FAILED: "Failed",
}


@dataclass(frozen=True, slots=True)
class DocumentView:
    """A row of the library. `progress` is a percentage, -1 where there is nothing to show."""

    id: int
    name: str
    title: str
    status: str
    status_words: str
    progress: int
    progress_words: str
    error: str
    details: tuple[str, ...]
    labels: tuple[str, ...]


def in_progress(version: Version) -> bool:
    """True while a worker still has to do something for this version."""
    return version.status in (VersionStatus.QUEUED, VersionStatus.WORKING)


def document_view(version: Version) -> DocumentView:
    """Describe a document by its newest version."""
    working = version.status is VersionStatus.WORKING
    share = int(100 * version.pages_done / version.pages) if version.pages else 0
    return DocumentView(
        id=version.document_id,
        name=version.name,
        title=version.title if version.title not in ("", version.name) else "",
        status=version.status.value,
        status_words=STATUS_WORDS[version.status],
        progress=share if working else -1,
        progress_words=progress_words(version),
        error=version.error if version.status is VersionStatus.FAILED else "",
        details=_details(version),
        labels=_labels(version),
    )


def progress_words(version: Version) -> str:
    """How far a version is, such as `12 of 34 pages`; empty when nothing is going on."""
    if version.status is VersionStatus.QUEUED:
        return "waiting for a worker"
    if version.status is not VersionStatus.WORKING:
        return ""
    return f"{version.pages_done} of {plural(version.pages, 'page')}" if version.pages else "opening the file"


def upload_words(name: str, receipt: Receipt) -> str:
    """What an upload led to."""
    if receipt.unchanged:
        return f"{name}: unchanged, already in the library."
    if receipt.version > 1:
        return f"{name}: uploaded as version {receipt.version}; the one before stays in use until it is ready."
    return f"{name}: uploaded."


def deletion_words(receipt: DeleteReceipt) -> str:
    """What a deletion removed."""
    parts = (
        plural(receipt.versions, "version"),
        plural(receipt.pages, "page"),
        plural(receipt.chunks, "passage"),
        plural(receipt.vectors, "vector"),
        plural(len(receipt.blobs), "stored file"),
    )
    return f"{receipt.document} was deleted: {', '.join(parts[:-1])} and {parts[-1]} removed."


def plural(count: int, noun: str) -> str:
    """A count with its noun: `1 page`, `1,204 pages`."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def day(moment: datetime) -> str:
    """A moment as people write it, in the machine's time zone: `4 Mar 2026, 14:05`."""
    local = moment.astimezone()
    return f"{local.day} {local:%b %Y, %H:%M}"


def parse_tags(text: str) -> tuple[str, ...]:
    """Tags from one line separated by commas, each once."""
    return tuple(dict.fromkeys(tag.strip() for tag in text.split(",") if tag.strip()))


def summary(versions: Sequence[Version]) -> str:
    """The library in one line."""
    ready = [version for version in versions if version.status is VersionStatus.INDEXED]
    busy = sum(in_progress(version) for version in versions)
    parts = [plural(len(versions), "document"), plural(sum(version.pages for version in ready), "page")]
    return " · ".join([*parts, f"{busy} in progress"] if busy else parts)


def _details(version: Version) -> tuple[str, ...]:
    counts = [plural(version.pages, "page"), plural(version.chunks, "passage")]
    ready = version.status is VersionStatus.INDEXED
    return (*(counts if ready else []), f"version {version.number}", f"uploaded {day(version.uploaded_at)}")


def _labels(version: Version) -> tuple[str, ...]:
    collection = () if version.collection == "default" else (version.collection,)
    return (version.file_type.upper(), *collection, *(f"#{tag}" for tag in version.tags))
