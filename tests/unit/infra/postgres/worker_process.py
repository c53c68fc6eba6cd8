"""A worker in a process of its own: `worker_process URL MODE`, or `worker_process --home HOME MODE`.

`MODE` says what its handler does: `finish` at once, `hang` for a minute, or `die` with the whole process.
"""

import os
import signal
import sys
import time
from pathlib import Path

from infra.postgres.catalog import Catalog
from infra.postgres.jobs import Rhythm, Worker
from infra.postgres.server import Database, open_database
from ingest.model import Page
from tests.contracts.stores import chunk, directions

QUICK = Rhythm(heartbeat=0.3, stalled=1.5, sweep=0.3, poll=0.3, stop=1.0, backoff=0.05)


def main(arguments: list[str]) -> None:
    """Work until told to stop."""
    *place, mode = arguments
    database = open_database(Path(place[1]), None) if place[0] == "--home" else Database(place[0])
    with database:
        catalog = Catalog(database)

        def handle(version_id: int) -> None:
            sys.stdout.write(f"{version_id}\n")
            sys.stdout.flush()
            if mode == "hang":
                time.sleep(60)
            if mode == "die":
                os.kill(os.getpid(), signal.SIGKILL)
            catalog.start(version_id, 1)
            catalog.complete(version_id, "", [Page(1, 1.0, 1.0, "")], [chunk(0, "leave")], directions(1))

        Worker(database, handle, catalog.fail, rhythm=QUICK).run()


if __name__ == "__main__":
    main(sys.argv[1:])
