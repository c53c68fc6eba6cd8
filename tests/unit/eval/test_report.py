import json
from pathlib import Path

import pytest

from eval.report import table, write_json


def test_table_lines_up() -> None:
    assert table(["name", "n"], [["a", "1"], ["longer", "1234"]]) == "name       n\na          1\nlonger  1234"


def test_write_json_makes_the_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "new" / "result.json"

    write_json(path, {"price": "€5"})

    assert json.loads(path.read_text(encoding="utf-8")) == {"price": "€5"}
    assert "€" in path.read_text(encoding="utf-8")
    assert str(path) in capsys.readouterr().out


def test_write_json_without_a_path_does_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    write_json(None, {})

    assert capsys.readouterr().out == ""
