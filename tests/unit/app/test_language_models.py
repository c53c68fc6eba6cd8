"""What `footnote doctor` says of language model servers."""

from contextlib import ExitStack
from pathlib import Path

import pytest

from app.language_models import checks
from app.settings import Settings
from app.writers import connection, drafters
from generation.quotes import QuoteDrafter
from infra.llm import OpenAiDrafter
from tests.contracts.model_servers import IMITATIONS, LOOSE
from tests.unit.infra.llm.model_server import model_server

VLLM = IMITATIONS[0]


def settings(**values: object) -> Settings:
    return Settings.model_validate({"home": Path("/nowhere"), **values})


def test_without_a_model_all_is_well() -> None:
    (check,) = checks(settings())
    assert (check.name, check.status) == ("language model", "ok")
    assert "quotes" in check.message


def test_a_server_that_does_not_answer_has_failed() -> None:
    (check,) = checks(settings(llm_url="http://127.0.0.1:1/v1", llm_timeout_s=5))
    assert check.status == "failed"
    assert check.message.startswith("http://127.0.0.1:1/v1: The language model server")
    assert "FOOTNOTE_LLM_URL" in check.mend


def test_what_a_server_can_do_is_told() -> None:
    with model_server() as server:
        VLLM.play(server)
        server.other["/metrics"] = lambda wire: wire.send(200, b'vllm:cache{enable_prefix_caching="True"} 1')
        (check,) = checks(settings(llm_url=server.url))
    told = "structured output (json_schema), prefix caching, no log-probabilities, tokens counted"
    assert check.status == "ok"
    assert check.message == f"a-model at {server.url}: context of 8,192 tokens, {told}"


def test_a_model_that_is_not_offered_is_told() -> None:
    with model_server() as server:
        VLLM.play(server)
        (check,) = checks(settings(llm_url=server.url, llm_model="other"))
    assert check.status == "failed"
    assert "offers a-model, not other" in check.message


def test_a_server_of_little_use_is_a_warning() -> None:
    with model_server() as server:
        LOOSE.play(server)
        (check,) = checks(settings(llm_url=server.url))
    assert check.status == "warning"
    assert "no structured output" in check.message
    assert "context length not told (4,096 tokens assumed)" in check.message
    assert "FOOTNOTE_LLM_CONTEXT" in check.mend
    assert "docs/models.md" in check.mend


def test_a_short_context_is_a_warning() -> None:
    with model_server() as server:
        VLLM.play(server)
        server.models["data"][0]["max_model_len"] = 2_048
        (check,) = checks(settings(llm_url=server.url))
    assert "--max-model-len" in check.mend


def test_every_server_is_looked_at() -> None:
    with model_server() as first, model_server() as second:
        VLLM.play(first)
        VLLM.play(second)
        urls = f"{first.url},http://127.0.0.1:1"
        found = list(checks(settings(llm_url=urls, llm_small_url=second.url, llm_timeout_s=5)))
    assert [check.status == "failed" for check in found] == [False, True, False]


def test_who_writes() -> None:
    with ExitStack() as resources:
        alone, none = drafters(settings(), resources)
        assert (isinstance(alone, QuoteDrafter), none) == (True, None)
        large, none = drafters(settings(llm_url="http://a", llm_model="large"), resources)
        assert (large.name, none) == ("large", None)
        for more in ({"llm_small_model": "small"}, {"llm_small_model": "small", "llm_small_url": "http://b"}):
            large, small = drafters(settings(llm_url="http://a", llm_model="large", **more), resources)
            assert isinstance(small, OpenAiDrafter)
            assert (large.name, small.name) == ("large", "small")


@pytest.mark.parametrize(("timeout", "silence"), [(60, 30), (10, 10)])
def test_silence_is_no_longer_than_the_time_there_is(timeout: float, silence: float) -> None:
    found = connection(settings(llm_timeout_s=timeout), "http://a, http://b")
    assert (found.timeout_s, found.silence_s, len(found.addresses)) == (timeout, silence, 2)
