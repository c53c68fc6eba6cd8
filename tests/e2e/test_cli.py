"""The command line with everything real behind it."""

import json
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.settings import Settings
from app.wiring import open_application
from tests.e2e.processes import SAMPLE, footnote, living, result, short_lived, wait_until

pytestmark = pytest.mark.slow

NOTES = """# Canteen

The canteen is open from 11:30 to 14:00. A warm lunch costs 4.80 euros for employees and 9.20 euros for guests.

# Bicycles

Bicycles are parked in the yard behind building C. Bicycles left for more than 30 days are given away.
"""


@pytest.fixture(scope="module")
def place() -> Iterator[Path]:
    with short_lived("cli") as folder:
        yield folder


@pytest.fixture(scope="module")
def home(place: Path) -> Iterator[Path]:
    """A home with two documents; no worker runs, so `ingest --wait` does the work itself.

    The database is held open meanwhile, which spares each command its start.
    """
    home = place / "home"
    (place / "notes.md").write_text(NOTES)
    done = footnote(home, "ingest", "--wait", "--json", str(SAMPLE), str(place / "notes.md"), "--tag", "staff")
    assert done.returncode == 0, done.stdout + done.stderr
    shapes = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(shape["document"], shape["version"], shape["status"], shape["error"]) for shape in shapes] == [
        (SAMPLE.name, 1, "indexed", None),
        ("notes.md", 1, "indexed", None),
    ]
    assert shapes[0]["pages"] >= 20
    assert all(shape["chunks"] > 0 and shape["seconds"] > 0 for shape in shapes)
    with open_application(Settings(home=home)):
        yield home
    wait_until(lambda: not living(home), 20, f"the database ended with the last command: {living(home)}")


def test_search_finds_by_words_and_meaning(home: Path) -> None:
    hits = result(home, "search", "-k", "3", "price of a hot midday meal for staff")["hits"]
    assert len(hits) == 3
    assert hits[0]["document"] == "notes.md"
    assert "4.80 euros" in hits[0]["text"]
    assert [hit["score"] for hit in hits] == sorted((hit["score"] for hit in hits), reverse=True)


def test_filters_limit_the_search(home: Path) -> None:
    only = result(home, "search", "--document", "notes.md", "casual leave")["hits"]
    assert {hit["document"] for hit in only} == {"notes.md"}
    assert result(home, "search", "--tag", "nobody", "casual leave")["hits"] == []
    assert result(home, "search", "--to", "2020-01-01", "casual leave")["hits"] == []


def test_ask_cites_page_and_lines(home: Path) -> None:
    answer = result(home, "ask", "How many days of casual leave do employees get in a year?")
    assert not answer["abstained"]
    assert 0.0 <= answer["confidence"] <= 1.0
    citations = [citation for sentence in answer["sentences"] for citation in sentence["citations"]]
    assert {citation["document"] for citation in citations} == {SAMPLE.name}
    region = citations[0]["regions"][0]
    (x0, y0, x1, y1) = region["boxes"][0]
    assert region["page"] >= 1
    assert x0 < x1
    assert y0 < y1
    assert answer["timings_ms"]["total"] > 0


def test_ask_for_a_person(home: Path) -> None:
    done = footnote(home, "ask", "What does a warm lunch cost for employees?")
    assert done.returncode == 0, done.stderr
    assert "[1] notes.md, page 1" in done.stdout
    assert "4.80" in done.stdout
    assert "\033[" not in done.stdout


def test_the_same_file_again_is_unchanged(home: Path) -> None:
    again = result(home, "ingest", "--wait", str(SAMPLE))
    assert (again["status"], again["version"]) == ("unchanged", 1)


def test_a_changed_file_is_a_new_version(home: Path, place: Path) -> None:
    (place / "menu.txt").write_text("On Monday there is lentil soup.")
    assert result(home, "ingest", "--wait", str(place / "menu.txt"))["version"] == 1
    (place / "menu.txt").write_text("On Monday there is pea soup.")
    again = result(home, "ingest", "--wait", str(place / "menu.txt"))
    assert (again["version"], again["status"]) == (2, "indexed")
    texts = [hit["text"] for hit in result(home, "search", "--document", "menu.txt", "soup on Monday")["hits"]]
    assert texts == ["On Monday there is pea soup."]


def test_documents_can_be_listed_shown_and_deleted(home: Path, place: Path) -> None:
    (place / "old.txt").write_text("The old rule about parking in the yard.")
    result(home, "ingest", "--wait", str(place / "old.txt"))
    assert "old.txt" in {one["document"] for one in result(home, "documents", "list")["documents"]}
    shown = result(home, "documents", "show", "old.txt")
    assert (shown["status"], shown["version"], shown["file_type"]) == ("indexed", 1, "txt")
    receipt = result(home, "documents", "delete", str(shown["id"]))
    assert (receipt["document"], receipt["versions"], receipt["chunks"]) == ("old.txt", 1, 1)
    gone = footnote(home, "documents", "show", "--json", "old.txt")
    assert gone.returncode == 1
    assert json.loads(gone.stdout)["error"]["kind"] == "not_found"


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("empty.pdf", b"", "empty"),
        ("holiday.pdf", b"MZ\x90\x00\x03\x00\x00\x00" + bytes(4000), "not a PDF"),
    ],
)
def test_a_file_that_cannot_be_used_says_why(home: Path, place: Path, name: str, content: bytes, words: str) -> None:
    (place / name).write_bytes(content)
    shape = failure(home, place / name)
    assert words in shape["error"]
    assert name not in {one["document"] for one in result(home, "documents", "list")["documents"]}


def test_a_path_that_does_not_exist_says_so(home: Path, place: Path) -> None:
    assert str(place / "nowhere.pdf") == failure(home, place / "nowhere.pdf")["path"]


def test_a_file_that_changes_meanwhile_is_refused(home: Path, place: Path) -> None:
    growing = place / "growing.txt"
    growing.write_text("Lines are added to this file all the time.\n" * 300_000)
    stop = threading.Event()

    def write() -> None:
        with growing.open("a") as file:
            while not stop.wait(0.0005):
                file.write("One more line.\n")
                file.flush()
                os.utime(growing)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        shape = failure(home, growing)
    finally:
        stop.set()
        writer.join()
    assert "changed while it was being read" in shape["error"]


@pytest.mark.parametrize("question", ["", "   ", "why " * 5000])
def test_questions_of_no_or_too_many_characters(home: Path, question: str) -> None:
    done = footnote(home, "ask", "--json", question)
    assert done.returncode == 1
    assert json.loads(done.stdout)["error"]["kind"] == "invalid_question"


def test_doctor_finds_everything_in_order(home: Path) -> None:
    report = result(home, "doctor")
    assert {check["name"]: check["status"] for check in report["checks"]} | {"disk": "ok"} == {
        "python": "ok",
        "home": "ok",
        "disk": "ok",
        "database": "ok",
        "vector index": "ok",
        "worker": "warning",
        "models": "ok",
        "page": report["checks"][-2]["status"],
        "language model": "ok",
    }


def test_db_commands(home: Path) -> None:
    status = result(home, "db", "status")
    assert status["vectors"] == status["chunks"] > 0
    assert status["workers_alive"] == 0
    assert result(home, "db", "migrate") == {"applied": []}
    assert result(home, "db", "rebuild-index") == {"vectors": status["vectors"]}
    switched = result(home, "db", "switch-index", "pgvector", "bit", "--set", "rescore_depth=300")
    assert (switched["index_kind"], switched["vectors"]) == ("pgvector HNSW (bit)", status["vectors"])
    assert result(home, "db", "status")["index_kind"] == "pgvector HNSW (bit)"
    assert result(home, "search", "-k", "1", "casual leave")["hits"][0]["dense_rank"] is not None


def test_a_home_that_cannot_be_used_is_one_line(place: Path) -> None:
    (place / "file").write_text("in the way")
    done = footnote(place / "file", "documents", "list")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) == 1


def failure(home: Path, file: Path) -> Any:
    """Ingest a file that must fail."""
    done = footnote(home, "ingest", "--wait", "--json", str(file))
    assert done.returncode == 1, done.stdout + done.stderr
    shape = json.loads(done.stdout)
    assert (shape["path"], shape["status"], shape["version"]) == (str(file), "failed", None)
    assert "Traceback" not in done.stderr
    return shape
