"""Difficult PDFs never crash the process, hang or raise anything but an error made for the person."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[4]
FOLDER = ROOT.parent / "shared" / "data" / "pdf_robustness"
BATCH = 40
SECONDS_FOR_A_FILE = 20

WORKER = """
import sys
from pathlib import Path
from ingest.errors import Permanent
from ingest.parse.pdf import PdfParser

for line in sys.stdin:
    path = Path(line.rstrip("\\n"))
    try:
        document = PdfParser().parse(path, path.name)
        texts = {page.number: page.text for page in document.pages}
        for block in document.blocks:
            assert block.text
            for printed in block.lines:
                assert block.text[printed.span.start : printed.span.end] in texts[printed.page]
                assert printed.box is not None
                assert printed.box.x0 <= printed.box.x1 and printed.box.y0 <= printed.box.y1
        outcome = "parsed"
    except Permanent as error:
        outcome = type(error).__name__
    except BaseException as error:
        outcome = f"FAILED {error!r}"
    print(f"{path}\\t{outcome}", flush=True)
"""


def run(paths: list[Path]) -> dict[Path, str]:
    """Parse files in a process of its own. A file that kills or stalls it is blamed, the rest gets a new process."""
    outcomes: dict[Path, str] = {}
    while left := [path for path in paths if path not in outcomes]:
        limit = SECONDS_FOR_A_FILE + 0.5 * len(left)
        try:
            done = subprocess.run(
                [sys.executable, "-c", WORKER], input="\n".join(map(str, left)), capture_output=True,
                text=True, cwd=ROOT, timeout=limit, check=False,
            )  # fmt: skip
            output, cause = done.stdout, f"CRASHED with code {done.returncode}: {done.stderr[-300:]}"
        except subprocess.TimeoutExpired as expired:
            # what was read until then comes as bytes, whatever `text` says
            output, cause = (expired.stdout or b"").decode(), f"HUNG for {limit:.0f} s"
        for line in output.splitlines():
            name, _, outcome = line.partition("\t")
            outcomes[Path(name)] = outcome
        if unfinished := [path for path in left if path not in outcomes]:
            outcomes[unfinished[0]] = cause
    return outcomes


def check(paths: list[Path]) -> None:
    batches = [paths[start : start + BATCH] for start in range(0, len(paths), BATCH)]
    with ThreadPoolExecutor(2) as pool:
        outcomes = {path: outcome for done in pool.map(run, batches) for path, outcome in done.items()}
    bad = {
        str(path): outcome for path, outcome in outcomes.items() if outcome.startswith(("FAILED", "CRASHED", "HUNG"))
    }
    assert bad == {}
    assert len(outcomes) == len(paths)
    assert sum(outcome == "parsed" for outcome in outcomes.values()) >= 0.6 * len(paths)


def files() -> list[Path]:
    if not FOLDER.is_dir():
        pytest.skip(f"the difficult PDFs are not here: {FOLDER}")
    return sorted(FOLDER.rglob("*.pdf"))


def test_a_sample_of_difficult_pdfs() -> None:
    check(files()[::10])


@pytest.mark.slow
def test_all_difficult_pdfs() -> None:
    check(files())


def test_a_process_that_hangs_is_blamed_on_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    slow = (
        "import sys, time\n"
        "for line in sys.stdin:\n"
        "    if 'b.pdf' in line: time.sleep(60)\n"
        "    print(line.strip() + '\\tparsed', flush=True)\n"
    )
    monkeypatch.setattr(sys.modules[__name__], "WORKER", slow)
    monkeypatch.setattr(sys.modules[__name__], "SECONDS_FOR_A_FILE", 0)
    outcomes = run([tmp_path / "a.pdf", tmp_path / "b.pdf", tmp_path / "c.pdf"])
    assert [outcome.split()[0] for outcome in outcomes.values()] == ["parsed", "HUNG", "parsed"]


def test_a_process_that_dies_is_blamed_on_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    deadly = (
        "import os, sys\n"
        "for line in sys.stdin:\n"
        "    if 'b.pdf' in line: os.abort()\n"
        "    print(line.strip() + '\\tparsed', flush=True)\n"
    )
    monkeypatch.setattr(sys.modules[__name__], "WORKER", deadly)
    outcomes = run([tmp_path / "a.pdf", tmp_path / "b.pdf", tmp_path / "c.pdf"])
    assert [outcome.split()[0] for outcome in outcomes.values()] == ["parsed", "CRASHED", "parsed"]
