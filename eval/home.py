"""Homes of evaluations: temporary, or kept and reused while nothing that ingestion depends on has changed."""

import hashlib
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from app.application import Application
from ingest.errors import Permanent
from ingest.model import Version, VersionStatus

PROJECT = Path(__file__).parents[1]
INGESTING = ("ingest", "infra/postgres", "infra/models")


class NotIngested(Permanent):
    """A file of the collection could not be ingested, so that nothing measured on it would mean anything."""


@contextmanager
def evaluation_home(kept: Path | None, *names: object) -> Iterator[Path]:
    """A home for one collection under one set of ingestion settings.

    Args:
        kept: Folder under which the home outlives the run; `None` for a temporary one.
        names: What tells collections and settings apart.
    """
    if kept is not None:
        yield kept.resolve() / "-".join([*map(str, names), code_fingerprint()])
        return
    with tempfile.TemporaryDirectory(prefix="footnote-eval-") as folder:
        yield Path(folder) / "home"


def code_fingerprint(project: Path = PROJECT, parts: Sequence[str] = INGESTING) -> str:
    """Eight hex digits that change with the code of some folders, by default with that which ingests and stores."""
    digest = hashlib.sha256()
    for part in parts:
        for file in sorted((project / part).rglob("*")):
            if file.suffix in (".py", ".sql"):
                digest.update(str(file.relative_to(project)).encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()[:8]


def ingest(application: Application, files: Sequence[Path]) -> list[Version]:
    """Upload files and work off the queue; files that are already there cost nothing.

    Raises:
        NotIngested: A file failed.
    """
    receipts = [application.upload_path(file) for file in files]
    if not all(receipt.unchanged for receipt in receipts):
        application.run_worker(until_idle=True)
    versions = [application.version(receipt.version_id) for receipt in receipts]
    check_indexed(versions)
    return versions


def check_indexed(versions: Sequence[Version]) -> None:
    """See that everything was ingested. Raises: NotIngested."""
    for version in versions:
        if version.status is not VersionStatus.INDEXED:
            raise NotIngested(f"{version.name}: {version.status} {version.error}")
