"""Runs a command that ends when the process that started it ends, even by SIGKILL (Linux).

Usage: python -P -m app.tether PARENT_PID SIGNAL COMMAND...
"""

import ctypes
import os
import signal
import sys
from collections.abc import Sequence

PR_SET_PDEATHSIG = 1


def tethered(command: Sequence[str], orphaned: signal.Signals = signal.SIGTERM) -> list[str]:
    """The command line that runs `command` tied to this process (start it from the main thread).

    Args:
        command: Program and arguments.
        orphaned: What it is sent when this process ends.
    """
    return [sys.executable, "-P", "-m", "app.tether", str(os.getpid()), str(int(orphaned)), *command]


def main(arguments: Sequence[str]) -> None:
    """Tie this process to its parent and become the command."""
    parent, orphaned, command = int(arguments[0]), int(arguments[1]), list(arguments[2:])
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, orphaned)
    if os.getppid() == parent:
        os.execv(command[0], command)


if __name__ == "__main__":
    main(sys.argv[1:])
