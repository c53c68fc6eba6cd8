"""Checks every part of an installation and says how to mend what is wrong."""

import re
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from importlib import metadata

from app import address, home, language_models
from app.application import Application
from app.check import Check
from app.settings import Settings
from ingest.errors import FootnoteError

LEAST_FREE_GB = 1.0
START = "Run: make run (or footnote up)"


@dataclass(frozen=True, slots=True)
class Doctor:
    """Looks at all parts, each by itself.

    Attributes:
        settings: What is meant to run.
        open: Opens the application.
    """

    settings: Settings
    open: Callable[[Settings], AbstractContextManager[Application]]

    def checks(self) -> Iterator[Check]:
        """All findings, each as soon as it is known."""
        yield _python()
        yield self._home()
        yield self._space()
        yield from self._store()
        yield self._page()
        yield from language_models.checks(self.settings)

    def _home(self) -> Check:
        try:
            home.prepare(self.settings.home)
        except FootnoteError as error:
            return Check("home", "failed", str(error), "Make the folder writable, or set FOOTNOTE_HOME to another one.")
        return Check("home", "ok", f"{self.settings.home} can be written to")

    def _space(self) -> Check:
        try:
            free = shutil.disk_usage(self.settings.home).free / 1e9
        except OSError as error:
            return Check("disk", "failed", f"{self.settings.home}: {error.strerror}", "Set FOOTNOTE_HOME.")
        if free < LEAST_FREE_GB:
            return Check(
                "disk", "warning", f"Only {free:.1f} GB are free", f"Free some space for {self.settings.home}."
            )
        return Check("disk", "ok", f"{free:.0f} GB are free")

    def _store(self) -> Iterator[Check]:
        try:
            with self.open(self.settings) as application:
                yield _database(application)
                yield _index(application)
                yield _worker(application)
                yield _models(application)
        except FootnoteError as error:
            where = "FOOTNOTE_DATABASE_URL" if self.settings.database_url else f"the log in {self.settings.home}"
            yield Check("database", "failed", str(error), f"Look at {where}.")

    def _page(self) -> Check:
        url = address.page_url(self.settings)
        if address.is_served(self.settings):
            return Check("page", "ok", f"Footnote's page answers on {url}")
        try:
            address.check_free(self.settings)
        except FootnoteError as error:
            return Check("page", "failed", str(error), "Stop the other program, or set FOOTNOTE_UI_PORT.")
        return Check("page", "warning", f"The page is not running; its address {url} is free", START)


def _python() -> Check:
    missing = sorted(filter(_is_missing, _required()))
    if missing:
        return Check("python", "failed", f"Packages are missing: {', '.join(missing)}", "Run: make clean run")
    return Check("python", "ok", f"Python {sys.version.split()[0]} with all packages")


def _required() -> set[str]:
    declared = (line for line in metadata.requires("footnote") or () if "extra ==" not in line)
    return {re.split(r"[^A-Za-z0-9._-]", line, maxsplit=1)[0] for line in declared}


def _is_missing(package: str) -> bool:
    try:
        metadata.version(package)
    except metadata.PackageNotFoundError:
        return True
    return False


def _database(application: Application) -> Check:
    status = application.status()
    if status.vectors != status.chunks:
        words = f"{status.vectors} of {status.chunks} chunks are in the vector index"
        return Check("database", "failed", words, "Run: footnote db rebuild-index")
    counts = f"{status.documents} documents, {status.chunks} chunks, vector index {status.index_kind}"
    return Check("database", "ok", f"Schema version {status.migration}, {counts}")


def _index(application: Application) -> Check:
    try:
        held = application.indexed()
    except FootnoteError as error:
        mend = "Searches compare all vectors meanwhile. Start the store, or run: footnote db switch-index pgvector"
        return Check("vector index", "failed", str(error), mend)
    return Check("vector index", "ok", f"{application.status().index_kind} answers and holds {held:,} vectors")


def _worker(application: Application) -> Check:
    status = application.status()
    if status.workers_alive:
        return Check("worker", "ok", f"{status.workers_alive} alive, {status.jobs_waiting} jobs waiting")
    return Check(
        "worker", "warning", f"None is running, {status.jobs_waiting} jobs waiting", f"{START}, or: footnote worker"
    )


def _models(application: Application) -> Check:
    begun = time.monotonic()
    try:
        application.search("How long is the notice period?", k=1)
    except FootnoteError as error:
        return Check("models", "failed", str(error), "Correct FOOTNOTE_EMBEDDING_MODEL and FOOTNOTE_RERANKER_MODEL.")
    return Check("models", "ok", f"Loaded, and searched with, in {time.monotonic() - begun:.1f} s")
