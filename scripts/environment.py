"""Makes or updates `.venv` from a lock file, then becomes the given command. Needs nothing but Python itself.

Usage: python scripts/environment.py run|stores|hub|dev [COMMAND...]
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

LEVELS = {
    "run": "requirements.lock",
    "stores": "requirements-stores.lock",
    "hub": "requirements-hub.lock",
    "dev": "requirements-dev.lock",
}
NEEDED_GB = {"run": 1.5, "stores": 2.0, "hub": 6.0, "dev": 4.5}
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
OFFLINE = ("Temporary failure in name resolution", "Name or service not known", "Network is unreachable")


class SetupError(Exception):
    """What the person at the terminal reads, in one line."""


class Checkout:
    """A checkout of the project and its virtual environment.

    Args:
        root: The checkout's folder.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.venv = root / ".venv"
        self.python = self.venv / "bin" / "python"
        self.log = self.venv / "install.log"
        self.unfinished = self.venv / "unfinished-install"

    @contextmanager
    def only_one(self) -> Iterator[None]:
        """Let one installation run at a time; a second one waits."""
        folder = os.open(self.root, os.O_RDONLY)
        try:
            try:
                fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                say("Another `make` is installing in this folder; waiting until it is done.")
                fcntl.flock(folder, fcntl.LOCK_EX)
            yield
        finally:
            os.close(folder)

    def stamp(self, level: str) -> Path:
        """Where the fingerprint of what is installed is kept."""
        return self.venv / f"installed-{level}"

    def fingerprint(self, level: str) -> str:
        """Changes when the lock, the project's own metadata or the folder's place changes."""
        content = (self.root / LEVELS[level]).read_bytes() + (self.root / "pyproject.toml").read_bytes()
        return hashlib.sha256(content + os.fsencode(self.root)).hexdigest()

    def is_current(self, level: str) -> bool:
        """Whether this level, or one that contains it, is installed as locked."""
        levels = list(LEVELS)
        return any(read(self.stamp(higher)) == self.fingerprint(higher) for higher in levels[levels.index(level) :])

    def is_usable(self) -> bool:
        """Whether `.venv` holds a Python and a pip that start, made for this very folder."""
        if not self.python.exists() or f"{self.venv}/bin" not in read(self.venv / "bin" / "pip"):
            return False
        probe = [str(self.python), "-c", "import pip, sys; sys.exit(sys.version_info < (3, 11))"]
        return subprocess.run(probe, capture_output=True).returncode == 0

    def install(self, level: str) -> None:
        """Create or update the environment; an interrupted installation is begun anew."""
        check_space(self.root, NEEDED_GB[level])
        try:
            if self.unfinished.exists() or not self.is_usable():
                shutil.rmtree(self.venv, ignore_errors=True)
                create_venv(self.venv)
            self.unfinished.touch()
            for old in LEVELS:
                self.stamp(old).unlink(missing_ok=True)
            self.log.write_text("")
            lock = self.root / LEVELS[level]
            self._pip(["--requirement", lock.name], total=packages(lock.read_text()))
            self._pip(["--no-deps", "--no-build-isolation", "--editable", "."])
            self.stamp(level).write_text(self.fingerprint(level))
            self.unfinished.unlink()
        except OSError as error:
            words = f"{self.venv} could not be written: {error.strerror}. Mend that and run make again."
            raise SetupError(words) from error

    def _pip(self, arguments: list[str], total: int = 0) -> None:
        """Run pip, show its progress, and say in one line what went wrong."""
        options = ["--no-input", "--progress-bar", "off", "--disable-pip-version-check"]
        process = subprocess.Popen(
            [str(self.python), "-m", "pip", "install", *options, *arguments],
            cwd=self.root,
            text=True,
            errors="replace",
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        try:
            with self.log.open("a") as log:
                show_progress(process.stdout or (), log.write, total)
            failed = process.wait()
        except KeyboardInterrupt:
            process.terminate()
            process.wait()
            raise
        if failed:
            raise SetupError(reason(self.log.read_text(), self.log))


def main(arguments: list[str]) -> int:
    """Install where needed, then replace this process by the command."""
    level, command = arguments[0], arguments[1:]
    checkout = Checkout(Path(__file__).resolve().parent.parent)
    try:
        with checkout.only_one():
            if not checkout.is_current(level):
                checkout.install(level)
            if level == "dev" and not any(map(shutil.which, BROWSERS)):
                apt_install("chromium", why="The browser test needs Chromium")
    except SetupError as error:
        print(f"Footnote: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped. The next `make` installs anew.", file=sys.stderr)
        return 130
    sys.stdout.flush()
    if command:
        os.execv(command[0], command)
    return 0


def create_venv(venv: Path) -> None:
    """Make an empty virtual environment."""
    say(f"Making a virtual environment with Python {sys.version.split()[0]}")
    if not has_ensurepip():
        package = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
        apt_install(package, why="Python's venv module is missing")
    made = subprocess.run([sys.executable, "-m", "venv", "--clear", str(venv)], capture_output=True, text=True)
    if made.returncode:
        output = made.stdout + made.stderr
        full = "No space left on device" in output
        said = "The disk is full." if full else last_line(output)
        raise SetupError(f"The virtual environment could not be made: {said}")


def has_ensurepip() -> bool:
    """Debian keeps it in a package of its own."""
    try:
        from ensurepip import version
    except ImportError:
        return False
    return bool(version())


def check_space(folder: Path, gigabytes: float) -> None:
    """Refuse to begin what cannot end."""
    free = shutil.disk_usage(folder).free / 1e9
    if free < gigabytes:
        raise SetupError(f"{gigabytes:g} GB of free disk space are needed in {folder}, {free:.1f} GB are there.")


def show_progress(lines: Iterable[str], keep: Callable[[str], object], total: int) -> None:
    """Count packages as pip names them."""
    done = 0
    for line in lines:
        keep(line)
        if line.startswith("Collecting ") and total:
            done += 1
            show_count(min(done, total), total, line.split()[1])
        elif line.startswith("Installing collected packages") and total:
            say(f"Installing {total} packages")


def show_count(done: int, total: int, name: str) -> None:
    """On a terminal one line that changes, elsewhere a line for every twentieth package."""
    if sys.stdout.isatty():
        print(f"\r\033[KDownloading package {done} of {total}: {name}", end="\n" if done == total else "", flush=True)
    elif done % 20 == 0 or done == total:
        say(f"Downloading package {done} of {total}")


def reason(output: str, log: Path) -> str:
    """What pip's output means for the person, in one line."""
    if "No space left on device" in output:
        return "The disk is full. Free some space and run make again."
    if any(sign in output for sign in OFFLINE):
        return f"The package index cannot be reached. Check the network and run make again. (Details: {log})"
    errors = [line for line in output.splitlines() if line.startswith("ERROR:")]
    return f"{last_line(errors[0] if errors else output)} (Details: {log})"


def packages(lock: str) -> int:
    """How many packages a lock file's text names."""
    return sum("==" in line and not line.lstrip().startswith("#") for line in lock.splitlines())


def apt_install(package: str, why: str) -> None:
    """Install a Debian package as root; otherwise say how."""
    by_hand = SetupError(f"{why}. Run: sudo apt-get install {package}")
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise by_hand
    say(f"Installing the system package {package}")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update", "-q"], ["install", "-q", "-y", "--no-install-recommends", package]):
        done = subprocess.run(["apt-get", *command], env=environment, capture_output=True, text=True)
    if done.returncode:
        raise by_hand


def read(path: Path) -> str:
    """A small text file's content, empty when there is none."""
    return path.read_text(errors="replace") if path.is_file() else ""


def last_line(text: str) -> str:
    """The last line that is not empty."""
    return ([line.strip() for line in text.splitlines() if line.strip()] or ["no reason given"])[-1]


def say(text: str) -> None:
    """Progress for the person at the terminal."""
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
