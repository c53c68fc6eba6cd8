"""How much memory and processor time the processes at work take."""

import os
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

PAUSE_S = 1.0
PROCESSES = Path("/proc")
Pids = Callable[[], set[int]]


class Watch:
    """The most memory that groups of processes held, each group together, beyond what it held at first.

    Memory that several processes share is counted once (proportional set size).

    Args:
        groups: Their processes, asked anew each time.
    """

    def __init__(self, groups: Mapping[str, Pids]) -> None:
        self._groups = groups
        self._before = self._held()
        self._peaks = dict(self._before)

    @property
    def grown(self) -> dict[str, int]:
        """By group, in bytes."""
        return {name: peak - self._before[name] for name, peak in self._peaks.items()}

    def look(self) -> None:
        """Take the present amounts into account."""
        self._peaks = {name: max(self._peaks[name], now) for name, now in self._held().items()}

    def _held(self) -> dict[str, int]:
        return {name: held(pids()) for name, pids in self._groups.items()}


@contextmanager
def watched(watch: Watch) -> Iterator[None]:
    """Look every second until the end of the block, and then once more."""
    ended = threading.Event()

    def run() -> None:
        while not ended.wait(PAUSE_S):
            watch.look()

    thread = threading.Thread(target=run, name="memory watch", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
        watch.look()


def held(pids: set[int]) -> int:
    """Proportional set size of processes in bytes; those that are gone count nothing."""
    return sum(_proportional(pid) for pid in pids)


def processor_seconds(pids: set[int]) -> float:
    """Processor time that processes have used so far, with that of their children that have ended.

    Unlike the time on the clock it says little about what else the machine does.
    """
    return sum(_ticks(pid) for pid in pids) / os.sysconf("SC_CLK_TCK")


def at_work_in(folder: Path) -> set[int]:
    """The processes whose working directory lies in a folder: the servers of a home."""
    found = set()
    for entry in PROCESSES.glob("[0-9]*"):
        try:
            inside = (entry / "cwd").resolve().is_relative_to(folder)
        except OSError:
            continue
        if inside:
            found.add(int(entry.name))
    return found


def below(pid: int) -> set[int]:
    """All processes that a process has started, and those that these have."""
    parents = {one: _parent(one) for one in (int(entry.name) for entry in PROCESSES.glob("[0-9]*"))}
    found: set[int] = set()
    fresh = {pid}
    while fresh:
        fresh = {one for one, parent in parents.items() if parent in fresh} - found
        found |= fresh
    return found


def own() -> set[int]:
    """This process."""
    return {os.getpid()}


def _proportional(pid: int) -> int:
    try:
        lines = (PROCESSES / str(pid) / "smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:")), 0)


def _parent(pid: int) -> int:
    fields = _fields(pid)
    return int(fields[1]) if fields else 0


def _ticks(pid: int) -> int:
    """User and system time, then those of ended children: fields 14 to 17 of `stat`."""
    return sum(map(int, _fields(pid)[11:15]))


def _fields(pid: int) -> list[str]:
    """The fields of `stat` behind the program's name; none of a process that is gone."""
    try:
        text = (PROCESSES / str(pid) / "stat").read_text()
    except OSError:
        return []
    return text.rsplit(")", 1)[1].split()
