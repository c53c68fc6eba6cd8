import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from eval.bench.processes import cpu_seconds, environment, finish, peak_memory, running, wait_until

HOG = "import time; block = bytearray(200_000_000); block[::4096] = b'x' * len(block[::4096]); time.sleep(0.3)"


def test_the_home_is_given_and_another_database_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOOTNOTE_DATABASE_URL", "postgresql://precious")

    found = environment(Path("/home"), FOOTNOTE_UI_PORT="9")

    assert found["FOOTNOTE_HOME"] == "/home"
    assert found["FOOTNOTE_UI_PORT"] == "9"
    assert "FOOTNOTE_DATABASE_URL" not in found


def test_peak_memory_is_in_bytes_and_zero_for_the_dead() -> None:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()

    assert peak_memory(os.getpid()) > 10_000_000
    assert peak_memory(process.pid) == 0


def test_finish_tells_time_and_peak_of_the_command_alone(tmp_path: Path) -> None:
    seconds, peak = finish([sys.executable, "-c", HOG], tmp_path)

    assert seconds > 0.3
    assert 200_000_000 < peak < 400_000_000


def test_finish_tells_why_a_command_failed(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="ended with 3: no such luck"):
        finish([sys.executable, "-c", "import sys; sys.stderr.write('no such luck'); sys.exit(3)"], tmp_path)


def test_a_running_command_is_stopped_at_the_end(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "import time; print('up', flush=True); time.sleep(60)"]
    log = tmp_path / "logs" / "log.txt"

    with running(command, tmp_path, log) as process:
        wait_until(lambda: log.read_text() == "up\n", 10, "started")
        assert process.poll() is None

    assert process.returncode is not None


def test_processor_time_counts_work_and_not_waiting(tmp_path: Path) -> None:
    before, begun = cpu_seconds(tmp_path, os.getpid()), time.process_time()
    while time.process_time() - begun < 0.2:
        pass
    time.sleep(0.2)

    assert cpu_seconds(tmp_path, os.getpid()) - before == pytest.approx(0.2, abs=0.1)


def test_processes_that_work_in_the_home_are_counted(tmp_path: Path) -> None:
    busy = "import time; end = time.process_time() + 0.3\nwhile time.process_time() < end: pass\ntime.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", busy], cwd=tmp_path) as process:
        wait_until(lambda: cpu_seconds(tmp_path, 0) >= 0.3, 30, "the child's work is counted")
        process.kill()


def test_wait_until_says_what_did_not_happen() -> None:
    with pytest.raises(TimeoutError, match="not within 0 s: rain"):
        wait_until(lambda: False, 0.05, "rain", pause=0.01)
