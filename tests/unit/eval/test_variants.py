import argparse
from pathlib import Path

import pytest
import typer

from app.settings import Settings
from eval.retrieval_command import Setting
from eval.variants import RUNS, add_settings_flags, named_settings, overrides, settings_for, shown


def given(*arguments: str) -> dict[str, object]:
    parser = argparse.ArgumentParser()
    add_settings_flags(parser)
    return overrides(parser.parse_args(arguments))


def test_nothing_given_overrides_nothing() -> None:
    assert given() == {}


def test_flags_override_settings() -> None:
    found = settings_for(
        Path("/home"), given("--fusion", "rrf", "--no-rerank", "--dense-weight", "0", "--chunk-tokens", "64")
    )

    assert (found.fusion, found.rerank, found.dense_weight, found.chunk_tokens) == ("rrf", False, 0.0, 64)
    assert found.candidates == Settings(home=Path("/home")).candidates


def test_an_installation_is_measured_as_it_is_set_up_but_never_written_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOOTNOTE_CANDIDATES", "33")
    monkeypatch.setenv("FOOTNOTE_HOME", "/precious")
    monkeypatch.setenv("FOOTNOTE_DATABASE_URL", "postgresql://user:secret@host/precious")

    found = settings_for(Path("/home"), {})

    assert found.candidates == 33
    assert found.home == Path("/home")
    assert found.database_url is None


def test_the_record_has_no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOOTNOTE_LLM_API_KEY", "secret")

    assert "secret" not in str(shown(settings_for(Path("/home"), {})))
    assert shown(settings_for(Path("/home"), {"rerank": False}))["rerank"] is False


def test_every_retrieval_setting_can_be_chosen() -> None:
    assert [one.value for one in Setting] == list(RUNS)
    for changes in RUNS.values():
        settings_for(Path("/home"), changes)


def test_settings_by_name_are_checked_like_variables() -> None:
    found = settings_for(Path("/home"), named_settings(["chunk_tokens=64", "rerank=false"]))

    assert (found.chunk_tokens, found.rerank) == (64, False)
    for wrong in ("home=/precious", "chunk_tokens", "=1"):
        with pytest.raises(typer.BadParameter, match="is not NAME=VALUE"):
            named_settings([wrong])
