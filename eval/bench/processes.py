"""Real processes on a home, their peak memory, and their end."""

import os
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

STOP_S = 20.0
PEAK = "VmHWM:"


def environment(home: Path, **more: str) -> dict[str, str]:
    """What a process on a home gets: the settings of this process, and the home's embedded database."""
    kept = {name: value for name, value in os.environ.items() if name != "FOOTNOTE_DATABASE_URL"}
    return {**kept, "FOOTNOTE_HOME": str(home), "HF_HUB_OFFLINE": "1", **more}


@contextmanager
def running(command: Sequence[str], home: Path, log: Path, **more: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run a command in the background; it is stopped by its process id at the end.

    Args:
        command: Program and arguments.
        home: The state folder that it works on.
        log: Where its output goes.
        more: Environment variables.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        process = subprocess.Popen(
            command, env=environment(home, **more), stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
        )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def finish(command: Sequence[str], home: Path) -> tuple[float, int]:
    """Run a command to its end: seconds, and peak memory in bytes (looked at every 5 ms).

    Raises:
        RuntimeError: It failed.
    """
    begun = time.perf_counter()
    process = subprocess.Popen(
        command, env=environment(home), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    peak = 0
    while process.poll() is None:
        peak = max(peak, peak_memory(process.pid))
        time.sleep(0.005)
    taken = time.perf_counter() - begun
    _, said = process.communicate()
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}: {said.decode(errors='replace')}")
    return taken, peak


def peak_memory(pid: int) -> int:
    """The most memory that a process has held so far (VmHWM), in bytes; 0 when it is gone."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith(PEAK)), 0)


def database_memory(home: Path) -> int:
    """The most memory that one process of a home's embedded server has held so far, shared buffers included."""
    return max((peak_memory(pid) for pid in _working_in(home)), default=0)


def cpu_seconds(home: Path, pid: int) -> float:
    """Processor time used so far by a process and by the embedded server of a home, in seconds."""
    ticks = sum(_ticks(one) for one in {pid, *_working_in(home)})
    return ticks / os.sysconf("SC_CLK_TCK")


def wait_until(done: Callable[[], object], seconds: float, what: str, pause: float = 0.05) -> None:
    """Wait for a condition.

    Raises:
        TimeoutError: It did not come about.
    """
    deadline = time.monotonic() + seconds
    while not done():
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {seconds:.0f} s: {what}")
        time.sleep(pause)


def _ticks(pid: int) -> int:
    """User and system time of a process and of its children that have ended (fields 14 to 17 of `stat`)."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return sum(map(int, text.rsplit(")", 1)[1].split()[11:15]))


def _working_in(home: Path) -> Iterator[int]:
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            folder = (entry / "cwd").resolve()
        except OSError:
            continue
        if folder.is_relative_to(home):
            yield int(entry.name)
