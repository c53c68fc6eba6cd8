"""A process that uses the database of a home until its standard input ends: `user_process HOME`."""

import contextlib
import signal
import sys
from pathlib import Path

from infra.postgres.server import open_database


def main() -> None:
    """Say "ready", wait, let go; Ctrl-C ends the waiting."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with contextlib.suppress(KeyboardInterrupt), open_database(Path(sys.argv[1]), None) as database:
        with database.transaction() as connection:
            connection.execute("SELECT 1")
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        sys.stdin.read()


if __name__ == "__main__":
    main()
