"""The pages drawn by Streamlit without a browser."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from app.ui import session
from ingest.errors import Transient
from ingest.model import Version, VersionStatus
from tests.unit.app.ui.samples import version

MAIN = Path(session.__file__).with_name("main.py")


class Library:
    """As much of an application as the first page reads."""

    def __init__(self, versions: list[Version], error: Exception | None = None) -> None:
        self.versions, self.error = versions, error

    def library(self) -> list[Version]:
        if self.error is not None:
            raise self.error
        return self.versions

    def warm_up(self) -> None:
        """There is no model."""

    def close(self) -> None:
        """Nothing is open."""


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    st.cache_resource.clear()
    yield
    st.cache_resource.clear()


def draw(monkeypatch: pytest.MonkeyPatch, library: Library) -> AppTest:
    monkeypatch.setattr(session, "open_application", lambda _settings: library)
    page = AppTest.from_file(str(MAIN), default_timeout=30).run()
    assert not page.exception
    return page


def notices(page: AppTest) -> list[list[str]]:
    data = [json.loads(element.proto.json) for element in page.get("bidi_component")]
    return [each["lines"] for each in data if "lines" in each]


def test_an_error_of_the_database_is_told_in_its_words(monkeypatch: pytest.MonkeyPatch) -> None:
    page = draw(monkeypatch, Library([], Transient("The database is away.")))
    assert notices(page) == [["The database is away."]]
    assert not page.chat_input


def test_without_documents_the_way_to_add_one_is_offered(monkeypatch: pytest.MonkeyPatch) -> None:
    page = draw(monkeypatch, Library([]))
    assert [button.label for button in page.button] == ["Add documents"]
    assert page.chat_input[0].disabled


def test_documents_being_read_are_named_with_their_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    page = draw(monkeypatch, Library([version(VersionStatus.WORKING, chunks=0)]))
    assert notices(page) == [["Documents are still being read.", "rules.pdf: 12 of 34 pages"]]
    assert page.chat_input[0].disabled


def test_examples_are_offered_for_the_sample_handbook_only(monkeypatch: pytest.MonkeyPatch) -> None:
    other = draw(monkeypatch, Library([version()]))
    assert not other.button
    assert not other.chat_input[0].disabled
    st.cache_resource.clear()
    sample = draw(monkeypatch, Library([version(name="quillmere-handbook.pdf")]))
    assert "casual leave" in sample.button[0].label
