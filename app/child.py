"""A process that `footnote up` keeps running."""

import logging
import os
import signal
import subprocess
import threading
import time
from collections import deque
from collections.abc import Sequence
from pathlib import Path

from app.logs import rotating
from app.tether import tethered

KILL_SECONDS = 5.0
STEADY_SECONDS = 60.0
LONGEST_PAUSE = 8.0
MOST_FAILURES = 5
LAST_LINES = 20


class Child:
    """Starts a command, keeps its output in a bounded log, and starts it again when it ends.

    Each child has a session of its own, so that Ctrl-C reaches only the supervisor, which then stops all in order.

    Args:
        name: What it is called in messages and in its log's name.
        command: Program and arguments.
        log: Where its output goes.
        grace: Seconds it has to end when asked to.
        first_pause: Seconds before it is started again after the first failure; twice that after the next.
        orphaned: What it is sent when this process is killed.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        log: Path,
        grace: float = 12.0,
        first_pause: float = 0.5,
        orphaned: signal.Signals = signal.SIGTERM,
    ) -> None:
        self.name = name
        self.log = log
        self._grace = grace
        self._first_pause = first_pause
        self._command = tethered(command, orphaned)
        self._process: subprocess.Popen[str] | None = None
        self._pump: threading.Thread | None = None
        self._last = deque[str](maxlen=LAST_LINES)
        self._failures = 0
        self._started = 0.0
        self._next_start = 0.0

    def start(self) -> None:
        """Start the command."""
        self._last.clear()
        self._process = subprocess.Popen(
            self._command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
            start_new_session=True,
        )
        self._started = time.monotonic()
        self._pump = threading.Thread(target=self._keep_output, name=f"log-{self.name}", daemon=True)
        self._pump.start()

    def attend(self) -> bool:
        """Start it again when it has ended, later after each failure; call this again and again.

        Returns:
            False when it has failed so often in a row that trying again makes no sense.
        """
        now = time.monotonic()
        if self._process and self._process.poll() is None:
            if now - self._started > STEADY_SECONDS:
                self._failures = 0
            return True
        if self._process:
            self._process = None
            self._failures += 1
            self._next_start = now + min(LONGEST_PAUSE, self._first_pause * 2 ** (self._failures - 1))
        if self._failures >= MOST_FAILURES:
            return False
        if now >= self._next_start:
            self.start()
        return True

    @property
    def pid(self) -> int | None:
        """The process, `None` while there is none."""
        return self._process.pid if self._process else None

    @property
    def failures(self) -> int:
        """How often it has ended by itself in a row."""
        return self._failures

    @property
    def last_words(self) -> str:
        """The last line of its output."""
        return self._last[-1] if self._last else "it said nothing"

    def ask_to_stop(self) -> None:
        """Ask it to end, without waiting."""
        if self._process:
            self._process.terminate()

    def stop(self) -> None:
        """Ask it to end, wait, and kill its whole session if it does not."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(self._grace)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(KILL_SECONDS)
        if self._pump:
            self._pump.join(KILL_SECONDS)
        self._process = None

    def _keep_output(self) -> None:
        process = self._process
        if process is None or process.stdout is None:
            return
        handler = rotating(self.log)
        with process.stdout:
            for line in process.stdout:
                self._last.append(line.rstrip() or "it said nothing")
                handler.emit(logging.makeLogRecord({"msg": line.rstrip()}))
        handler.close()
