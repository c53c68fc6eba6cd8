"""What the environment may say."""

import pytest
from pydantic import ValidationError

from app.settings import Settings


def test_a_misspelt_variable_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOOTNOTE_UI_PROT", "9000")
    with pytest.raises(ValidationError, match="no such setting: FOOTNOTE_UI_PROT"):
        Settings()


def test_bounds_are_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOOTNOTE_UI_PORT", "70000")
    with pytest.raises(ValidationError, match="65535"):
        Settings()


def test_a_known_variable_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOOTNOTE_UI_PORT", "9000")
    assert Settings().ui_port == 9000
