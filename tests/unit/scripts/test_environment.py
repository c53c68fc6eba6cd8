"""The installer: what it says when something is missing, and that only one runs at a time."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.environment import LEVELS, Checkout, SetupError, apt_install, check_space, packages, reason

HOLD = """
import fcntl, os, sys, time
fcntl.flock(os.open(sys.argv[1], os.O_RDONLY), fcntl.LOCK_EX)
print("held", flush=True)
time.sleep(0.5)
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    """An empty environment and small lock files."""
    for name in (*LEVELS.values(), "pyproject.toml"):
        (tmp_path / name).write_text(f"# {name}\n")
    (tmp_path / ".venv").mkdir()
    return Checkout(tmp_path)


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
    said = reason(output, Path("install.log"))
    assert words in said
    assert "\n" not in said


def test_too_little_space_is_told_before_anything_is_done(tmp_path: Path) -> None:
    check_space(tmp_path, 0.0)
    with pytest.raises(SetupError, match="of free disk space are needed"):
        check_space(tmp_path, 1e6)


def test_packages_are_counted() -> None:
    assert packages("# made by: x==1\na==1\n    # via b==2\nc==3\n") == 2


def test_a_stamp_holds_until_the_lock_changes(checkout: Checkout) -> None:
    assert not checkout.is_current("run")
    checkout.stamp("run").write_text(checkout.fingerprint("run"))
    assert checkout.is_current("run")
    assert not checkout.is_current("dev")
    (checkout.root / "requirements.lock").write_text("a==2\n")
    assert not checkout.is_current("run")


def test_a_higher_level_contains_the_lower_ones(checkout: Checkout) -> None:
    checkout.stamp("dev").write_text(checkout.fingerprint("dev"))
    assert checkout.is_current("run")
    assert checkout.is_current("hub")


def test_a_damaged_environment_is_not_usable(checkout: Checkout) -> None:
    assert not checkout.is_usable()
    checkout.python.parent.mkdir()
    checkout.python.symlink_to(checkout.root / "gone")
    assert not checkout.is_usable()


def test_a_second_one_waits(checkout: Checkout, capsys: pytest.CaptureFixture[str]) -> None:
    holder = subprocess.Popen([sys.executable, "-c", HOLD, str(checkout.root)], stdout=subprocess.PIPE)
    assert holder.stdout
    with holder.stdout:
        holder.stdout.readline()
        with checkout.only_one():
            assert holder.wait(5) == 0
    assert "waiting" in capsys.readouterr().out


def test_where_nothing_can_be_installed_the_command_to_run_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SetupError, match=re.escape("Run: sudo apt-get install python3.11-venv")):
        apt_install("python3.11-venv", why="Python's venv module is missing")
