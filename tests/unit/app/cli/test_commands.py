"""Exit codes, errors, and what commands print."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from app.cli.ask import AnswerWriter
from app.cli.main import execute
from app.cli.output import Output
from app.cli.render import TAKEN_BACK
from generation.model import Answer
from ingest.errors import Transient
from retrieval.indexes import IndexChoice
from tests.unit.app.cli.library import ANSWER, HIT, VERSION, MemoryLibrary, doors


@pytest.fixture
def library() -> MemoryLibrary:
    return MemoryLibrary(versions={2: VERSION})


@pytest.fixture
def empty() -> MemoryLibrary:
    return MemoryLibrary()


def test_ask_prints_marks_and_footnotes(
    library: MemoryLibrary, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert execute(["ask", "How many days?"], doors(library, tmp_path)) == 0
    assert capsys.readouterr().out == (
        "Twelve days. [1]\n\n[1] handbook.pdf, pages 7–8\n    “Casual leave is twelve days”\n"
    )


def test_ask_json_is_one_line(library: MemoryLibrary, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert execute(["ask", "--json", "How many days?"], doors(library, tmp_path)) == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert json.loads(line)["sentences"][0]["citations"][0]["quote"] == "Casual leave is twelve days"


def test_ask_says_when_the_documents_do_not(
    library: MemoryLibrary, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    library.answer = Answer("?", abstained=True, confidence=0.1, sentences=(), hits=(HIT,))
    assert execute(["ask", "What is the meaning of life?"], doors(library, tmp_path)) == 0
    said = capsys.readouterr().out
    assert said.startswith("The documents don't say.")
    assert "handbook.pdf, pages 7–8" in said


def test_ask_says_why_the_model_did_not_write(
    library: MemoryLibrary, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    library.answer = replace(library.answer, notice="The server took too long.")
    assert execute(["ask", "How many days?"], doors(library, tmp_path)) == 0
    assert capsys.readouterr().out.endswith("\n\nIn the documents' own words. The server took too long.\n")


def test_what_was_taken_back_is_said_and_the_marks_begin_anew(capsys: pytest.CaptureFixture[str]) -> None:
    writer = AnswerWriter(Output(False))
    audience = writer.audience()
    audience.on_sentence(ANSWER.sentences[0])
    audience.on_restart()
    audience.on_sentence(ANSWER.sentences[0])
    writer.end(ANSWER)
    said = capsys.readouterr().out
    assert said.startswith(f"Twelve days. [1]\n\n{TAKEN_BACK}\n\nTwelve days. [1]\n\n[1] handbook.pdf")
    assert said.count("Twelve days.") == 2


def test_size_says_what_a_model_needs(capsys: pytest.CaptureFixture[str]) -> None:
    assert execute(["size", "--model", "llama-3.1-8b", "--users", "50"]) == 0
    said = capsys.readouterr().out
    assert "16.06 GB  8,030,261,248 parameters at 16 bits" in said
    assert "    vllm serve meta-llama/Llama-3.1-8B-Instruct --host 127.0.0.1" in said


def test_size_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert execute(["size", "--model", "7b", "--context", "131072", "--users", "10000", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["fits"], told["serve"], told["options"], told["parameters"]) == ([], None, [], 7_000_000_000)


@pytest.mark.parametrize(
    ("options", "code"),
    [(["--bits", "5"], 2), (["--model", "what"], 1), (["--config", "no-such-file"], 1), (["--users", "0"], 2)],
)
def test_size_refuses_what_cannot_be(options: list[str], code: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert execute(["size", *options]) == code
    assert "unexpected" not in capsys.readouterr().err


def test_filters_reach_the_search(library: MemoryLibrary, tmp_path: Path) -> None:
    options = ["-k", "1", "-d", "a.pdf", "-d", "b.pdf", "--type", "pdf", "--tag", "hr", "--from", "2026-01-01"]
    assert execute(["search", *options, "days"], doors(library, tmp_path)) == 0
    (_, filters) = library.asked[0]
    assert (filters.documents, filters.file_types, filters.tags) == (("a.pdf", "b.pdf"), ("pdf",), ("hr",))
    assert filters.uploaded_from is not None
    assert filters.uploaded_from.tzinfo is not None
    assert filters.uploaded_to is None


def test_an_empty_question_fails_with_1(
    library: MemoryLibrary, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert execute(["ask", "--json", ""], doors(library, tmp_path)) == 1
    error = json.loads(capsys.readouterr().out)["error"]
    assert error["kind"] == "invalid_question"
    assert "2,000 characters" in error["message"]


@pytest.mark.parametrize(
    "arguments",
    [
        ["ask"],
        ["search", "-k", "0", "x"],
        ["search", "--from", "yesterday", "x"],
        ["nonsense"],
        ["documents", "list", "--nonsense"],
    ],
)
def test_wrong_usage_is_2(
    arguments: list[str], library: MemoryLibrary, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert execute([*arguments, "--json"], doors(library, tmp_path)) == 2
    assert json.loads(capsys.readouterr().out)["error"]["kind"] == "usage"


def test_errors_for_people_go_to_stderr(
    library: MemoryLibrary, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    away = Transient("The database is away. Start it.")
    assert execute(["db", "status"], doors(library, tmp_path, failure=away)) == 1
    shown = capsys.readouterr()
    assert (shown.out, shown.err) == ("", "The database is away. Start it.\n")


def test_a_wrong_setting_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FOOTNOTE_HOME", str(tmp_path))
    monkeypatch.setenv("FOOTNOTE_UI_PORT", "99999")
    assert execute(["documents", "list"]) == 2
    assert "FOOTNOTE_UI_PORT: " in capsys.readouterr().err


def test_the_unexpected_goes_to_the_log_without_a_traceback(
    library: MemoryLibrary, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    library.error = ZeroDivisionError("by nothing")
    assert execute(["ask", "Why?"], doors(library, tmp_path)) == 1
    said = capsys.readouterr().err
    assert "Traceback" not in said
    assert str(tmp_path / "logs" / "cli.log") in said
    assert "ZeroDivisionError: by nothing" in (tmp_path / "logs" / "cli.log").read_text()


def test_ctrl_c_is_130(library: MemoryLibrary, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    library.error = KeyboardInterrupt()
    assert execute(["ask", "Why?"], doors(library, tmp_path)) == 130
    assert capsys.readouterr().err == "\nStopped.\n"


def test_documents(library: MemoryLibrary, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    here = doors(library, tmp_path)
    assert execute(["documents", "list", "--json"], here) == 0
    assert json.loads(capsys.readouterr().out)["documents"][0]["document"] == "handbook.pdf"
    assert execute(["documents", "show", "handbook.pdf"], here) == 0
    assert "24" in capsys.readouterr().out
    assert execute(["documents", "delete", "handbook.pdf", "--json"], here) == 0
    assert json.loads(capsys.readouterr().out)["chunks"] == 60
    assert execute(["documents", "show", "--json", "handbook.pdf"], here) == 1
    assert json.loads(capsys.readouterr().out)["error"]["kind"] == "not_found"


def test_db(library: MemoryLibrary, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    here = doors(library, tmp_path)
    for command in ("migrate", "status", "rebuild-index"):
        assert execute(["db", command, "--json"], here) == 0
    applied, status, rebuilt = map(json.loads, capsys.readouterr().out.splitlines())
    assert (applied, rebuilt) == ({"applied": ["0001_start.sql"]}, {"vectors": 60})
    assert status["embedding_model"] == "bge-small-en-v1.5"


def test_db_status_tells_about_the_index(
    library: MemoryLibrary, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert execute(["db", "status"], doors(library, tmp_path)) == 0
    assert "hnsw, 900 bytes a vector\n" in capsys.readouterr().out


def test_db_switch_index(library: MemoryLibrary, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    here = doors(library, tmp_path)
    knobs = ["--set", "m=24", "--set", "alpha=1.5", "--set", "mode=fast"]
    assert execute(["db", "switch-index", "milvus", "IVF_PQ", *knobs], here) == 0
    assert library.chosen == [IndexChoice("milvus", "IVF_PQ", (("alpha", 1.5), ("m", 24), ("mode", "fast")))]
    assert (
        "milvus IVF_PQ searches 60 vectors now; it finds 98.7% of the nearest, tried on 60." in capsys.readouterr().out
    )
    assert execute(["db", "switch-index", "pgvector", "bit", "--json"], here) == 0
    assert json.loads(capsys.readouterr().out) == {
        "index_kind": "pgvector bit", "vectors": 60, "recall": 0.987, "sampled": 60, "rebuilt": True,
    }  # fmt: skip
    for wrong in ("m", "=3"):
        assert execute(["db", "switch-index", "pgvector", "bit", "--set", wrong], here) == 2


def test_db_switch_index_takes_an_address_and_needs_no_kind(
    library: MemoryLibrary, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = doors(library, tmp_path)
    monkeypatch.chdir(tmp_path)
    uri = "http://milvus.example:19530"
    assert execute(["db", "switch-index", "milvus", "--uri", uri, "--set", "ef=64"], here) == 0
    assert execute(["db", "switch-index", "milvus", "--uri", "lite"], here) == 0
    assert execute(["db", "switch-index", "faiss"], here) == 0
    assert library.chosen == [
        IndexChoice("milvus", "", (("ef", 64), ("uri", uri))),
        IndexChoice("milvus", "", (("uri", str(tmp_path / "lite")),)),
        IndexChoice("faiss", ""),
    ]


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert execute(["version", "--json"]) == 0
    assert json.loads(capsys.readouterr().out).keys() == {"version"}


def test_doctor_fails_when_the_database_does(
    empty: MemoryLibrary, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = doors(empty, tmp_path, failure=Transient("No database."))
    assert execute(["doctor", "--json"], broken) == 1
    report = json.loads(capsys.readouterr().out)
    (database,) = [check for check in report["checks"] if check["name"] == "database"]
    assert (report["ok"], database["status"], database["message"]) == (False, "failed", "No database.")
    assert database["mend"]


def test_doctor_is_content_with_a_sound_library(
    library: MemoryLibrary, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert execute(["doctor", "--json"], doors(library, tmp_path)) == 0
    checks = {check["name"]: check for check in json.loads(capsys.readouterr().out)["checks"]}
    parts = ["database", "vector index", "worker", "models", "page", "language model"]
    assert list(checks) == ["python", "home", "disk", *parts]
    assert checks["worker"]["status"] == "warning"
    assert "footnote worker" in checks["worker"]["mend"]


def test_doctor_finds_a_home_that_cannot_be_written(
    library: MemoryLibrary, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("in the way")
    assert execute(["doctor", "--json"], doors(library, tmp_path / "file")) == 1
    checks = {check["name"]: check for check in json.loads(capsys.readouterr().out)["checks"]}
    assert checks["home"]["status"] == "failed"


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert execute(["--help"]) == 0
    said = capsys.readouterr().out
    for command in ("up", "worker", "ingest", "search", "ask", "documents", "db", "doctor", "size", "version"):
        assert f" {command} " in said
