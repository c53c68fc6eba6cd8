"""`footnote eval` with everything real behind it."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from eval.sample import QUESTIONS, load_questions
from tests.e2e.processes import SAMPLE, footnote, living, result, short_lived, wait_until

pytestmark = pytest.mark.slow

DOCUMENTS = {
    "canteen": ("Canteen", "A warm lunch costs 4.80 euros. The canteen closes at two in the afternoon."),
    "bicycles": ("Bicycles", "Bicycles are parked in the yard behind building C and must carry a name."),
    "keys": ("Keys", "A lost key is reported to the porter within one day. A new one costs twenty euros."),
}
QUERIES = {"q1": ("price of a hot midday meal", "canteen"), "q2": ("where may I leave my bike?", "bicycles")}
PATIENCE = 600.0
"""Seconds after which a command counts as hanging."""
MEASURES = ["recall@1", "recall@3", "recall@5", "recall@10", "recall@100", "nDCG@10", "MRR@10", "MAP"]


@pytest.fixture(scope="module")
def place() -> Iterator[Path]:
    with short_lived("eval") as folder:
        yield folder
        wait_until(lambda: not living(folder / "home"), 20, f"nothing is left: {living(folder / 'home')}")


@pytest.fixture(scope="module")
def beir(place: Path) -> Path:
    folder = place / "tiny"
    (folder / "qrels").mkdir(parents=True)
    corpus = [{"_id": one, "title": title, "text": text} for one, (title, text) in DOCUMENTS.items()]
    (folder / "corpus.jsonl").write_text("\n".join(map(json.dumps, corpus)))
    (folder / "queries.jsonl").write_text(
        "\n".join(json.dumps({"_id": one, "text": text}) for one, (text, _) in QUERIES.items())
    )
    lines = [f"{one}\t{right}\t1" for one, (_, right) in QUERIES.items()]
    (folder / "qrels" / "test.tsv").write_text("\n".join(["query-id\tcorpus-id\tscore", *lines]))
    return folder


def test_a_beir_folder_is_measured_reported_and_compared(place: Path, beir: Path) -> None:
    out, home = place / "out", place / "home"
    both = ["--setting", "lexical", "--setting", "dense"]

    first = result(home, "eval", "retrieval", str(beir), *both, "--out", str(out), seconds=PATIENCE)

    assert (first["dataset"], first["questions"]) == ("tiny", 2)
    lexical, dense = first["runs"]
    assert (lexical["setting"], dense["setting"]) == ("lexical", "dense")
    assert list(dense["measures"]) == MEASURES
    assert dense["measures"]["recall@1"]["mean"] == 1.0
    lines = [json.loads(line) for line in (out / "dense" / "questions.jsonl").read_text().splitlines()]
    assert [(one["id"], one["relevant"]) for one in lines] == [("q1", {"canteen": 1}), ("q2", {"bicycles": 1})]
    assert lines[0]["hits"][0]["result"] == "canteen"
    assert lines[0]["measures"]["MAP"] == 1.0
    kept = json.loads((out / "dense" / "run.json").read_text())
    assert set(kept["data"]) == {"corpus.jsonl", "queries.jsonl", "qrels/test.tsv"}
    assert kept["settings"]["fusion"] == "dense"
    assert kept["bootstrap"]["seed"] > 0
    assert kept["versions"]["onnxruntime"]
    assert {one.name for one in out.iterdir()} >= {"report.html", "report.md", "measures.png"}
    assert list((home / "eval" / "embeddings").glob("bge-small-en-v1.5-*.sqlite"))

    again = result(home, "eval", "retrieval", str(beir), "--compare", str(out / "dense" / "run.json"), seconds=PATIENCE)

    (change,) = again["compared"].values()
    assert set(change) == set(MEASURES)
    assert change["MAP"]["p"] == 1.0
    assert Path(again["report"]).parent.parent == home / "eval" / "runs"
    assert "against the earlier run (dense)" in Path(again["report"]).read_text()


def test_other_data_or_questions_cannot_be_compared(place: Path, beir: Path) -> None:
    home, out = place / "home", place / "short"
    result(
        home,
        "eval",
        "retrieval",
        str(beir),
        "--setting",
        "lexical",
        "--limit",
        "1",
        "--out",
        str(out),
        seconds=PATIENCE,
    )
    earlier = str(out / "lexical" / "run.json")

    done = footnote(
        home, "eval", "retrieval", str(beir), "--setting", "lexical", "--compare", earlier, seconds=PATIENCE
    )

    assert done.returncode == 1
    assert done.stderr.strip().splitlines()[-1].startswith("The runs cannot be compared: they asked other questions")


def test_pdfs_with_their_pages_are_measured(place: Path) -> None:
    folder = place / "handbook"
    for name in ("pdfs", "qa"):
        (folder / name).mkdir(parents=True)
    (folder / "pdfs" / SAMPLE.name).write_bytes(SAMPLE.read_bytes())
    asked = [one for one in load_questions(QUESTIONS) if one.answerable][:6]
    rows = [
        {"question": one.question, "truth": " ".join(f"[{SAMPLE.name}#page={page}]" for page in one.pages)}
        for one in asked
    ]
    (folder / "qa" / "ground_truth.jsonl").write_text("\n".join(map(json.dumps, rows)))
    command = ["eval", "retrieval", str(folder), "--setting", "blend", "--k", "10", "--out", str(place / "pages")]

    done = footnote(place / "home", *command, seconds=PATIENCE)

    assert done.returncode == 0, done.stderr
    assert "handbook: 1 documents, 24 pages" in done.stdout
    assert "page hit@5" in done.stdout
    assert "recall@100" not in done.stdout
    kept = json.loads((place / "pages" / "blend" / "run.json").read_text())
    assert kept["measures"]["page hit@5"]["mean"] >= 0.8


def test_own_documents_are_measured(place: Path) -> None:
    home = place / "own"
    (place / "notes.md").write_text("\n\n".join(f"# {title}\n\n{text}" for title, text in DOCUMENTS.values()))
    empty = footnote(home, "eval", "corpus", "--json")
    assert empty.returncode == 1
    assert "no document with text has been read" in json.loads(empty.stdout)["error"]["message"]
    result(home, "ingest", "--wait", str(place / "notes.md"))
    out = place / "corpus"

    measured = result(
        home, "eval", "corpus", "--questions", "3", "--setting", "blend", "--out", str(out), seconds=PATIENCE
    )

    assert (measured["chunks"], measured["questions"], measured["made_by"]) == (3, 3, {"words": 3})
    assert measured["measures"]["recall@1"]["mean"] == 1.0
    assert measured["index"]["index recall@10"]["mean"] == 1.0
    assert "flatter" in measured["bias"]
    assert len((out / "questions.jsonl").read_text().splitlines()) == 3
    assert (out / "never_found.jsonl").read_text() == ""
    assert "Never found" in (out / "report.html").read_text()


@pytest.mark.parametrize(
    ("arguments", "code", "kind", "words"),
    [
        (["retrieval", "/nowhere"], 1, "permanent", "There is no folder /nowhere."),
        (["retrieval", "/"], 1, "permanent", "neither corpus.jsonl nor pdfs/"),
        (["retrieval", "/", "--compare", "/nowhere"], 1, "permanent", "/nowhere cannot be read"),
        (["retrieval"], 2, "usage", "dataset"),
        (["retrieval", "/", "--setting", "magic"], 2, "usage", "magic"),
        (["retrieval", "/", "--set", "home=/tmp"], 2, "usage", "is not NAME=VALUE with one of"),
        (["retrieval", "/", "--set", "candidates=0"], 2, "settings", "FOOTNOTE_CANDIDATES"),
        (["corpus", "--questions", "0"], 2, "usage", "--questions"),
    ],
)
def test_mistakes_are_told(place: Path, arguments: list[str], code: int, kind: str, words: str) -> None:
    done = footnote(place / "home", "eval", *arguments, "--json")

    assert done.returncode == code, done.stdout + done.stderr
    error = json.loads(done.stdout)["error"]
    assert error["kind"] == kind
    assert words in error["message"]


def test_the_command_line_starts_without_loading_what_evaluation_needs() -> None:
    heavy = "{'matplotlib', 'onnxruntime', 'psycopg', 'ir_measures', 'faiss', 'pymilvus'}"
    code = f"import sys; from app.cli.main import command_line; command_line(); print({heavy} & set(sys.modules))"

    done = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, cwd="/", check=True)

    assert done.stdout.strip() == "set()"
