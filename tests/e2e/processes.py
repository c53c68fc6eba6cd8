"""Runs the real command in real processes, each test in a home of its own."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

COMMAND = [sys.executable, "-P", "-m", "app.cli"]
SAMPLE = Path(__file__).parents[2] / "app" / "sample" / "quillmere-handbook.pdf"


@contextmanager
def short_lived(prefix: str) -> Iterator[Path]:
    """A folder with a short path, removed at the end; databases are too large for the folders that pytest keeps."""
    with tempfile.TemporaryDirectory(prefix=f"footnote-{prefix}-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def environment(home: Path, **more: str) -> dict[str, str]:
    """What a process gets: no setting of the person who runs the tests."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FOOTNOTE_")}
    return {**kept, "FOOTNOTE_HOME": str(home), "HF_HUB_OFFLINE": "1", **more}


def footnote(home: Path, *arguments: str, seconds: float = 120.0, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run one command to its end, with these settings (`FOOTNOTE_...`)."""
    return subprocess.run(
        [*COMMAND, *arguments],
        env=environment(home, **settings),
        capture_output=True,
        text=True,
        timeout=seconds,
        cwd="/",
    )


def result(home: Path, *arguments: str, seconds: float = 120.0) -> Any:
    """Run a command that must succeed and print one JSON value."""
    done = footnote(home, *arguments, "--json", seconds=seconds)
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_until(done: Callable[[], object], seconds: float, what: str | Callable[[], str]) -> None:
    """Wait for a condition, within bounds."""
    deadline = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < deadline, f"not within {seconds} s: {what if isinstance(what, str) else what()}"
        time.sleep(0.1)


def living(home: Path) -> dict[int, str]:
    """Processes that belong to a home: started for it, named by it, or working in it."""
    found = {}
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            state = (entry / "stat").read_text().rsplit(")", 1)[1].split()[0]
            command = (entry / "cmdline").read_bytes()
            setting = f"FOOTNOTE_HOME={home}".encode() in (entry / "environ").read_bytes().split(b"\0")
            inside = str((entry / "cwd").resolve()).startswith(f"{home}/")
            if state != "Z" and (setting or inside or os.fsencode(home) in command):
                found[int(entry.name)] = command.replace(b"\0", b" ").decode(errors="replace")
    return found


def pid_of(home: Path, part: str) -> int:
    """The process of a home whose command line ends with these words."""
    (pid,) = [
        pid for pid, command in living(home).items() if command.rstrip().endswith(part) and "tether" not in command
    ]
    return pid


class Up:
    """`footnote up` in a process group of its own, as a terminal starts it.

    Args:
        home: Its home.
        port: The page's port.
    """

    def __init__(self, home: Path, port: int | None = None) -> None:
        self.home = home
        self.port = port or free_port()
        home.mkdir(parents=True, exist_ok=True)
        self.screen = home.parent / f"{home.name}-screen.txt"
        with self.screen.open("ab") as screen:
            self.process = subprocess.Popen(
                [*COMMAND, "up"],
                env=environment(home, FOOTNOTE_UI_PORT=str(self.port)),
                stdin=subprocess.DEVNULL,
                stdout=screen,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                cwd="/",
            )

    @property
    def said(self) -> str:
        """All that is on the screen."""
        return self.screen.read_text()

    def ready(self, seconds: float = 120.0) -> None:
        """Wait for the line with the address."""
        wait_until(lambda: self._is_ready() or self.process.poll() is not None, seconds, f"ready: {self.said}")
        assert self.process.poll() is None, self.said
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/_stcore/health", timeout=5) as answer:
            assert answer.status == 200

    def interrupt(self, seconds: float = 30.0) -> int:
        """Press Ctrl-C; returns the exit code when nothing of the home lives any more."""
        os.killpg(self.process.pid, signal.SIGINT)
        code = self.process.wait(seconds)
        wait_until(lambda: not living(self.home), seconds, f"all gone: {living(self.home)}")
        return code

    def clear(self) -> None:
        """Leave nothing behind, whatever the test did."""
        for number in (signal.SIGINT, signal.SIGKILL):
            for pid in living(self.home):
                with suppress(ProcessLookupError):
                    os.kill(pid, number)
            with suppress(AssertionError):
                wait_until(lambda: not living(self.home), 15, "gone")
        self.process.wait(10)

    def _is_ready(self) -> bool:
        return re.search(rf"Footnote is ready: http://127.0.0.1:{self.port}", self.said) is not None
