import os
import subprocess
import sys
import time
from pathlib import Path

from eval.ann.usage import Watch, at_work_in, below, held, own, processor_seconds, watched

CODE = "print('ready', flush=True); input(); held = bytearray(30_000_000); print('done', flush=True); input()"


def test_a_process_of_a_folder_is_found_its_memory_counted_and_its_growth_seen(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", CODE], cwd=tmp_path, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdin
    assert process.stdout
    with process:
        process.stdout.readline()
        assert at_work_in(tmp_path) == {process.pid}
        assert process.pid in below(os.getpid())
        watch = Watch({"it": lambda: at_work_in(tmp_path)})
        assert watch.grown == {"it": 0}
        with watched(watch):
            process.stdin.write("\n")
            process.stdin.flush()
            process.stdout.readline()
        assert 30_000_000 <= watch.grown["it"] < 60_000_000
        process.stdin.write("\n")


def test_what_is_gone_counts_nothing(tmp_path: Path) -> None:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    assert held({process.pid}) == 0
    assert processor_seconds({process.pid}) == 0
    assert at_work_in(tmp_path) == set()
    assert held(own()) > 1_000_000


def test_processor_time_is_that_of_work_not_of_waiting() -> None:
    before, begun = processor_seconds(own()), time.process_time()
    time.sleep(0.3)
    while time.process_time() - begun < 0.2:
        pass
    assert 0.15 <= processor_seconds(own()) - before <= time.process_time() - begun + 0.1
