"""Makes or updates `.venv` from a lock file, then becomes the given command. Needs nothing but Python itself.

Usage: python scripts/environment.py run|hub|dev [COMMAND...]
"""

import fcntl
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
LOG = VENV / "install.log"
UNFINISHED = VENV / "unfinished-install"
LEVELS = {"run": "requirements.lock", "hub": "requirements-hub.lock", "dev": "requirements-dev.lock"}
NEEDED_GB = {"run": 1.5, "hub": 6.0, "dev": 4.0}
OFFLINE = ("Temporary failure in name resolution", "Name or service not known", "Network is unreachable")


class SetupError(Exception):
    """What the person at the terminal reads, in one line."""


def main(arguments: list[str]) -> int:
    """Install where needed, then replace this process by the command."""
    level, command = arguments[0], arguments[1:]
    try:
        with only_one():
            if not is_current(level):
                install(level)
            if level == "dev":
                install_browser()
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


@contextmanager
def only_one() -> Iterator[None]:
    """Let one installation run at a time in this checkout; a second one waits."""
    folder = os.open(ROOT, os.O_RDONLY)
    try:
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Another `make` is installing in this folder; waiting until it is done.")
            fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def fingerprint(level: str) -> str:
    """Changes when the lock, the project's own metadata or the folder's place changes."""
    content = (ROOT / LEVELS[level]).read_bytes() + (ROOT / "pyproject.toml").read_bytes()
    return hashlib.sha256(content + os.fsencode(ROOT)).hexdigest()


def is_current(level: str) -> bool:
    """Whether this level, or one that contains it, is installed as locked."""
    levels = list(LEVELS)
    return any(
        stamp(higher).is_file() and stamp(higher).read_text() == fingerprint(higher)
        for higher in levels[levels.index(level) :]
    )


def stamp(level: str) -> Path:
    """Where the fingerprint of what is installed is kept."""
    return VENV / f"installed-{level}"


def install(level: str) -> None:
    """Create or update the environment; an interrupted installation is begun anew."""
    check_space(NEEDED_GB[level])
    if UNFINISHED.exists() or not is_usable():
        shutil.rmtree(VENV, ignore_errors=True)
    try:
        create()
        UNFINISHED.touch()
        for old in LEVELS:
            stamp(old).unlink(missing_ok=True)
        LOG.write_text("")
        lock = LEVELS[level]
        pip(["--requirement", lock], total=packages(ROOT / lock))
        pip(["--no-deps", "--no-build-isolation", "--editable", "."], total=0)
        stamp(level).write_text(fingerprint(level))
        UNFINISHED.unlink()
    except OSError as error:
        raise SetupError(f"{VENV} could not be written: {error.strerror}. Mend that and run make again.") from error


def is_usable() -> bool:
    """Whether `.venv` holds a Python and a pip that start, made for this very folder."""
    if not (VENV / "bin" / "python").exists() or f"{VENV}/bin" not in read(VENV / "bin" / "pip"):
        return False
    probe = [str(VENV / "bin" / "python"), "-c", "import pip, sys; sys.exit(sys.version_info < (3, 11))"]
    return subprocess.run(probe, capture_output=True).returncode == 0


def read(path: Path) -> str:
    """A small text file's content, empty when there is none."""
    return path.read_text(errors="replace") if path.is_file() else ""


def check_space(gigabytes: float) -> None:
    """Refuse to begin what cannot end."""
    free = shutil.disk_usage(ROOT).free / 1e9
    if free < gigabytes:
        raise SetupError(f"{gigabytes:g} GB of free disk space are needed in {ROOT}, {free:.1f} GB are there.")


def create() -> None:
    """Make an empty virtual environment where there is none."""
    if is_usable():
        return
    say(f"Making a virtual environment with Python {sys.version.split()[0]}")
    if importlib.util.find_spec("ensurepip") is None:
        python = f"python{sys.version_info.major}.{sys.version_info.minor}"
        apt_install(f"{python}-venv", why="Python's venv module is missing")
    made = subprocess.run([sys.executable, "-m", "venv", "--clear", str(VENV)], capture_output=True, text=True)
    if made.returncode:
        raise SetupError(f"The virtual environment could not be made: {last_line(made.stdout + made.stderr)}")


def pip(arguments: list[str], total: int) -> None:
    """Run pip, show its progress, and say in one line what went wrong."""
    command = [str(VENV / "bin" / "python"), "-m", "pip", "install", "--no-input", "--progress-bar", "off"]
    process = subprocess.Popen(
        [*command, "--disable-pip-version-check", *arguments],
        cwd=ROOT,
        text=True,
        errors="replace",
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    try:
        with LOG.open("a") as log:
            show_progress(process.stdout or (), log.write, total)
        failed = process.wait()
    except KeyboardInterrupt:
        process.terminate()
        process.wait()
        raise
    if failed:
        raise SetupError(reason(LOG.read_text()))


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


def reason(output: str) -> str:
    """What pip's output means for the person."""
    if "No space left on device" in output:
        return "The disk is full. Free some space and run make again."
    if any(sign in output for sign in OFFLINE):
        return f"The package index cannot be reached. Check the network and run make again. (Details: {LOG})"
    errors = [line for line in output.splitlines() if line.startswith("ERROR:")]
    return f"{last_line(errors[0] if errors else output)} (Details: {LOG})"


def packages(lock: Path) -> int:
    """How many packages a lock file names."""
    return sum("==" in line and not line.lstrip().startswith("#") for line in lock.read_text().splitlines())


def install_browser() -> None:
    """The browser test needs Chromium from the system's packages."""
    if not any(shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome")):
        apt_install("chromium", why="The browser test needs Chromium")


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


def last_line(text: str) -> str:
    """The last line that is not empty."""
    return ([line.strip() for line in text.splitlines() if line.strip()] or ["no reason given"])[-1]


def say(text: str) -> None:
    """Progress for the person at the terminal."""
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
