"""`footnote up`: one process that starts the database, a worker and the page, keeps them running, and stops them."""

import logging
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from types import FrameType

from app import address, home
from app.application import Application
from app.child import Child
from app.first_start import SampleHandbook
from app.settings import Settings
from app.ui.command import streamlit_command
from ingest.errors import Transient

PAGE_SECONDS = 120.0
POLL_SECONDS = 0.25
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

logger = logging.getLogger(__name__)


class Stopped(Transient):
    """A part ended again and again."""


class Supervisor:
    """Runs everything on one machine.

    Args:
        settings: Where and how.
        open_application: Opens the application; the database lives as long as it is open.
        announce: Told what happens, in lines for the person at the terminal.
    """

    def __init__(
        self,
        settings: Settings,
        open_application: Callable[[Settings], AbstractContextManager[Application]],
        announce: Callable[[str], None],
    ) -> None:
        self._settings = settings
        self._open = open_application
        self._announce = announce
        self._stop = threading.Event()
        logs = settings.home / "logs"
        self._worker = Child("worker", [sys.executable, "-P", "-m", "app.cli", "worker"], logs / "worker.log")
        # Streamlit may sleep through a polite signal for ever when nobody is connected; the page keeps no state.
        self._page = Child("page", streamlit_command(settings), logs / "page.log", orphaned=signal.SIGKILL)

    def run(self) -> None:
        """Start everything, wait for Ctrl-C or SIGTERM, stop everything.

        Raises:
            Permanent: The port cannot be used, or another one runs on this home.
            Transient: The database does not start, or a part ends again and again.
        """
        with self._signals(), home.only_one(self._settings.home, address.page_url(self._settings)):
            address.check_free(self._settings)
            try:
                self._serve()
            except Exception:
                if not self._stop.is_set():
                    raise
                logger.info("stopped while starting", exc_info=True)
        self._announce("Stopped.")

    def _serve(self) -> None:
        self._announce("Starting the database")
        with self._open(self._settings) as application:
            sample = SampleHandbook(application, self._settings.home, self._announce)
            sample.add()
            try:
                self._start_children()
                self._wait_until(sample.is_ready)
                if not self._stop.is_set():
                    self._announce(f"Footnote is ready: {address.page_url(self._settings)} (Ctrl-C stops it)")
                self._wait_until(lambda: False)
            finally:
                self._stop_children()

    def _start_children(self) -> None:
        self._announce("Starting the page and the worker")
        for child in (self._page, self._worker):
            child.start()
        deadline = time.monotonic() + PAGE_SECONDS
        while not self._stop.is_set() and not address.is_served(self._settings):
            self._attend()
            if time.monotonic() > deadline:
                raise Stopped(f"The page did not start in {PAGE_SECONDS:.0f} s. Its log: {self._page.log}")
            self._stop.wait(POLL_SECONDS)

    def _wait_until(self, done: Callable[[], bool]) -> None:
        while not self._stop.is_set() and not done():
            self._attend()
            self._stop.wait(POLL_SECONDS)

    def _attend(self) -> None:
        for child in (self._page, self._worker):
            before = child.failures
            if not child.attend():
                times = f"The {child.name} stopped {child.failures} times in a row"
                raise Stopped(f"{times}: {child.last_words}. Its log: {child.log}")
            if child.failures > before:
                self._announce(f"The {child.name} has stopped ({child.last_words}); starting it again")

    def _stop_children(self) -> None:
        if self._stop.is_set():
            self._announce("Stopping")
        for child in (self._page, self._worker):
            child.ask_to_stop()
        for child in (self._page, self._worker):
            child.stop()

    @contextmanager
    def _signals(self) -> Iterator[None]:
        def stop(_number: int, _frame: FrameType | None) -> None:
            self._stop.set()

        before = {number: signal.signal(number, stop) for number in SIGNALS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
