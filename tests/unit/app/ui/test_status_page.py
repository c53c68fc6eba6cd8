from dataclasses import replace

import pytest

from app.settings import Settings
from app.ui.status_page import model_facts, size_words, store_facts, worker_words
from retrieval.library import StoreStatus

STATUS = StoreStatus(4, 3, 1204, 1204, 48_123_904, "bge", 384, "hnsw", 0, 1, "pgvector", 0, 900)


@pytest.mark.parametrize(("size", "words"), [(0, "0 bytes"), (999, "999 bytes"), (48_123_904, "48.1 MB")])
def test_sizes_in_words(size: int, words: str) -> None:
    assert size_words(size) == words


def test_a_missing_worker_is_told_with_the_way_out() -> None:
    alive, words = worker_words(replace(STATUS, workers_alive=0, jobs_waiting=2))
    assert not alive
    assert "2 waiting" in words
    assert "footnote worker" in words
    assert worker_words(STATUS) == (True, "One worker is running, nothing waiting.")


def test_facts_name_the_model_in_use() -> None:
    def written_by(settings: Settings) -> str:
        return next(fact.value for fact in model_facts(settings) if fact.label == "Written by")

    assert "quotes" in written_by(Settings(llm_url=None))
    assert written_by(Settings(llm_url="http://127.0.0.1:8000/v1", llm_model="m")) == "m at http://127.0.0.1:8000/v1"
    assert {fact.label: fact.value for fact in store_facts(STATUS)}["Passages"] == "1,204"
