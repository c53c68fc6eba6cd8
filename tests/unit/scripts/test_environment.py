"""The installer: what it says when something is missing, and that only one runs at a time."""

import subprocess
import sys
from pathlib import Path

import pytest

from scripts import environment


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The installer's paths, moved to a folder with two small lock files."""
    for name, path in {
        "ROOT": tmp_path,
        "VENV": tmp_path / ".venv",
        "LOG": tmp_path / ".venv" / "install.log",
        "UNFINISHED": tmp_path / ".venv" / "unfinished-install",
    }.items():
        monkeypatch.setattr(environment, name, path)
    for name in ("requirements.lock", "requirements-hub.lock", "requirements-dev.lock", "pyproject.toml"):
        (tmp_path / name).write_text(f"# {name}\na==1\n    # via b==2\nc==3\n")
    (tmp_path / ".venv").mkdir()
    return tmp_path


@pytest.mark.parametrize(
    ("output", "words"),
    [
        ("ERROR: Could not install: [Errno 28] No space left on device", "The disk is full."),
        ("WARNING: Retrying\nERROR: ... Temporary failure in name resolution", "Check the network"),
        ("ERROR: No matching distribution found for x\nERROR: gone", "ERROR: No matching distribution found for x"),
        ("", "no reason given"),
    ],
)
def test_what_pip_says_becomes_one_line(output: str, words: str) -> None:
    reason = environment.reason(output)
    assert words in reason
    assert "\n" not in reason


def test_too_little_space_is_told_before_anything_is_done(checkout: Path) -> None:
    with pytest.raises(environment.SetupError, match="1e\\+06 GB of free disk space are needed"):
        environment.check_space(1e6)
    environment.check_space(0.0)


def test_packages_are_counted(checkout: Path) -> None:
    assert environment.packages(checkout / "requirements.lock") == 2


def test_a_stamp_holds_until_the_lock_changes(checkout: Path) -> None:
    assert not environment.is_current("run")
    environment.stamp("run").write_text(environment.fingerprint("run"))
    assert environment.is_current("run")
    assert not environment.is_current("dev")
    (checkout / "requirements.lock").write_text("a==2\n")
    assert not environment.is_current("run")


def test_a_higher_level_contains_the_lower_ones(checkout: Path) -> None:
    environment.stamp("dev").write_text(environment.fingerprint("dev"))
    assert environment.is_current("run")
    assert environment.is_current("hub")


def test_a_damaged_environment_is_not_usable(checkout: Path) -> None:
    assert not environment.is_usable()
    (checkout / ".venv" / "bin").mkdir()
    (checkout / ".venv" / "bin" / "python").symlink_to(checkout / "gone")
    assert not environment.is_usable()


def test_a_second_one_waits(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    holder = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import fcntl, os, sys, time\n"
            "fcntl.flock(os.open(sys.argv[1], os.O_RDONLY), fcntl.LOCK_EX)\n"
            "print('held', flush=True)\n"
            "time.sleep(0.5)",
            str(checkout),
        ],
        stdout=subprocess.PIPE,
    )
    assert holder.stdout
    with holder.stdout:
        holder.stdout.readline()
        with environment.only_one():
            assert holder.wait(5) == 0
    assert "waiting" in capsys.readouterr().out


def test_without_rights_the_command_to_run_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    with pytest.raises(environment.SetupError, match="Run: sudo apt-get install python3.11-venv"):
        environment.apt_install("python3.11-venv", why="Python's venv module is missing")
