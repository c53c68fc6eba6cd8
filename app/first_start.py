"""The sample handbook, so that there is something to ask at the first start."""

import json
from collections.abc import Callable
from importlib.resources import as_file, files
from pathlib import Path

from app.application import Application
from ingest.errors import NotFound
from ingest.model import VersionStatus

MARKER = "sample.json"


class SampleHandbook:
    """Adds the sample to an empty library, once in a home's life, and tells how far it has been read.

    Args:
        application: Where it goes.
        home: Keeps the mark that it was added, so that a deleted sample stays deleted.
        announce: Told about progress.
    """

    def __init__(self, application: Application, home: Path, announce: Callable[[str], None]) -> None:
        self._application = application
        self._marker = home / MARKER
        self._announce = announce
        self._version_id: int | None = None
        self._said = ""

    def add(self) -> None:
        """Upload it where this is the first start and the library is empty."""
        if self._marker.exists():
            self._version_id = json.loads(self._marker.read_text())["version_id"]
            return
        if not self._application.library():
            (handbook,) = (file for file in files("app.sample").iterdir() if file.name.endswith(".pdf"))
            with as_file(handbook) as path:
                self._version_id = self._application.upload_path(path).version_id
        self._marker.write_text(json.dumps({"version_id": self._version_id}))

    def is_ready(self) -> bool:
        """Whether there is nothing (more) to wait for; announces progress."""
        if self._version_id is None:
            return True
        try:
            version = self._application.version(self._version_id)
        except NotFound:
            return True
        if version.status is VersionStatus.FAILED:
            self._say(f"The sample handbook could not be read: {version.error}")
        elif version.status is VersionStatus.QUEUED:
            self._say("Preparing the sample handbook")
        elif version.status is VersionStatus.WORKING and version.pages:
            self._say(f"Preparing the sample handbook: {version.pages_done} of {version.pages} pages")
        return version.status in (VersionStatus.INDEXED, VersionStatus.FAILED)

    def _say(self, text: str) -> None:
        if text != self._said:
            self._said = text
            self._announce(text)
