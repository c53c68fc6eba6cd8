"""A worker inside a command, for when no other one is there."""

from __future__ import annotations

import threading
import time
from types import TracebackType
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from app.application import Application

CHECK_SECONDS = 1.0
STOP_SECONDS = 10.0


class OwnWorker:
    """Works the queue in a thread of this process whenever no worker is alive; stopped at the end of its context.

    Args:
        application: Whose queue.
    """

    def __init__(self, application: Application) -> None:
        self._application = application
        self._thread: threading.Thread | None = None
        self._error: Exception | None = None
        self._next_check = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._thread and self._thread.is_alive():
            self._application.stop_worker()
            self._thread.join(STOP_SECONDS)

    def attend(self) -> None:
        """See to it that somebody works; call it again and again while waiting.

        Raises:
            Exception: What ended the worker's thread.
        """
        if self._thread and self._thread.is_alive():
            return
        if self._error:
            raise self._error
        if time.monotonic() < self._next_check:
            return
        self._next_check = time.monotonic() + CHECK_SECONDS
        if not self._application.status().workers_alive:
            self._thread = threading.Thread(target=self._work, name="own-worker", daemon=True)
            self._thread.start()

    def _work(self) -> None:
        try:
            self._application.run_worker(until_idle=True)
        except Exception as error:  # noqa: BLE001 (handed over to the waiting thread, which raises it)
            self._error = error
