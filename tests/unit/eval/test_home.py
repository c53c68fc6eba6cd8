from pathlib import Path

import pytest

from app.settings import Settings
from app.wiring import open_application
from eval.home import NotIngested, code_fingerprint, evaluation_home, ingest
from ingest.model import VersionStatus


def test_a_temporary_home_is_gone_afterwards() -> None:
    with evaluation_home(None, "a") as home:
        home.mkdir()

    assert not home.parent.exists()


def test_a_kept_home_is_found_again_under_the_same_names_only(tmp_path: Path) -> None:
    def home_for(*names: object) -> Path:
        with evaluation_home(tmp_path, *names) as home:
            return home

    assert home_for("contoso", 128) == home_for("contoso", 128)
    assert home_for("contoso", 128) != home_for("contoso", 256)
    assert home_for("contoso", 128).parent == tmp_path


def test_the_fingerprint_changes_with_the_code_that_ingests(tmp_path: Path) -> None:
    code = tmp_path / "ingest" / "parse" / "pdf.py"
    code.parent.mkdir(parents=True)
    code.write_text("first")
    first = code_fingerprint(tmp_path)
    (tmp_path / "ingest" / "notes.txt").write_text("no code")

    assert code_fingerprint(tmp_path) == first
    code.write_text("second")
    assert code_fingerprint(tmp_path) != first


@pytest.mark.slow
def test_files_are_ingested_once_and_a_failure_is_told(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.md", tmp_path / "bad.pdf"
    good.write_text("# Leave\n\nEverybody gets ten days.")
    bad.write_bytes(b"%PDF-1.7 and nothing else")

    with open_application(Settings(home=tmp_path / "home")) as application:
        (version,) = ingest(application, [good])
        assert version.status is VersionStatus.INDEXED
        assert ingest(application, [good]) == [version]
        with pytest.raises(NotIngested, match=r"bad\.pdf"):
            ingest(application, [good, bad])
