"""`footnote ingest`: what it takes, what it says of each file."""

import json
from pathlib import Path

import pytest

from app.cli.files import collect
from app.cli.main import execute
from app.cli.shapes import IngestShape
from tests.unit.app.cli.library import MemoryLibrary, doors


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    files = tmp_path / "files"
    (files / "deeper").mkdir(parents=True)
    (files / ".hidden").mkdir()
    (files / "b.pdf").write_text("handbook")
    (files / "a.MD").write_text("# Notes")
    (files / "picture.png").write_text("no text")
    (files / "deeper" / "c.docx").write_text("scan")
    (files / ".hidden" / "d.txt").write_text("secret")
    return files


def run(
    arguments: list[str], library: MemoryLibrary, home: Path, capsys: pytest.CaptureFixture[str]
) -> tuple[int, list[IngestShape]]:
    code = execute(["ingest", "--json", *arguments], doors(library, home))
    return code, [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_folders_are_walked_for_supported_files(folder: Path) -> None:
    assert collect([folder, folder / "b.pdf", folder / "picture.png"]) == [
        folder / "a.MD",
        folder / "b.pdf",
        folder / "deeper" / "c.docx",
        folder / "picture.png",
    ]


def test_wait_works_the_queue_itself_when_no_worker_is_alive(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    library = MemoryLibrary()
    code, shapes = run(["--wait", "--tag", "hr", str(folder / "b.pdf")], library, tmp_path, capsys)
    assert (code, library.worked) == (0, 1)
    assert shapes == [
        {
            "path": str(folder / "b.pdf"),
            "document": "b.pdf",
            "version": 1,
            "status": "indexed",
            "pages": 24,
            "chunks": 60,
            "seconds": 3.5,
            "error": None,
        }
    ]
    assert library.versions[1].tags == ("hr",)


def test_one_failure_makes_the_exit_code_1(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, shapes = run(["--wait", str(folder)], MemoryLibrary(), tmp_path, capsys)
    assert code == 1
    assert [(shape["document"], shape["status"], shape["error"]) for shape in shapes] == [
        ("a.MD", "indexed", None),
        ("b.pdf", "indexed", None),
        ("c.docx", "failed", "It needs OCR."),
    ]


def test_a_file_that_cannot_be_uploaded_has_its_words(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "b.pdf").write_text("")
    code, (shape,) = run(["--wait", str(folder / "b.pdf")], MemoryLibrary(), tmp_path, capsys)
    assert code == 1
    assert (shape["status"], shape["version"], shape["pages"]) == ("failed", None, 0)
    assert shape["error"] is not None
    assert "0 bytes" in shape["error"]


def test_the_same_file_again_is_unchanged(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    library = MemoryLibrary()
    run(["--wait", str(folder / "b.pdf")], library, tmp_path, capsys)
    code, (shape,) = run(["--wait", str(folder / "b.pdf")], library, tmp_path, capsys)
    assert (code, shape["status"], shape["chunks"], library.worked) == (0, "unchanged", 60, 1)


def test_without_wait_nothing_is_worked(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    library = MemoryLibrary()
    code, (shape,) = run([str(folder / "b.pdf")], library, tmp_path, capsys)
    assert (code, shape["status"], library.worked) == (0, "queued", 0)


def test_a_folder_without_documents_is_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "nothing").mkdir()
    assert execute(["ingest", str(tmp_path / "nothing")], doors(MemoryLibrary(), tmp_path)) == 1
    assert "no PDF, Word" in capsys.readouterr().err
