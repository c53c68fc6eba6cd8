"""Waiting times, events, complaints, and estimates of tokens."""

from pathlib import Path

import pytest
from tokenizers import Tokenizer

from infra.llm.backoff import Backoff, retry_after
from infra.llm.errors import ServerFault, Unusable
from infra.llm.protocol import chunk, chunks, complaint, events, is_too_long, told_context
from infra.llm.tokens import TEMPLATE_TOKENS, at_most, estimate
from infra.models.packaged import EMBEDDERS

HANDBOOK = Path(__file__).parents[4] / "app" / "sample" / "handbook.md"


def test_waits_grow_up_to_a_limit_and_are_drawn() -> None:
    longest = Backoff(lambda: 1.0, first_s=0.5, most_s=3.0)
    assert [longest.delay(tries) for tries in (1, 2, 3, 4, 9)] == [0.5, 1.0, 2.0, 3.0, 3.0]
    assert Backoff(lambda: 0.25, first_s=0.5).delay(2) == 0.25
    assert Backoff(lambda: 0.0).delay(5) == 0.0
    assert Backoff(lambda: 0.0).delay(1, asked_s=7.0) == 7.0


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, None),
        ("3", 3.0),
        ("0.5", 0.5),
        ("-1", 0.0),
        ("soon", None),
        ("Thu, 01 Jan 1970 00:01:40 GMT", 90.0),
        ("Thu, 01 Jan 1970 00:00:01 GMT", 0.0),
    ],
)
def test_retry_after_is_read(value: str | None, seconds: float | None) -> None:
    assert retry_after(value, now=10.0) == seconds


def test_events_are_read_as_the_standard_says() -> None:
    lines = ["event: message", "data: one", "data:two", "", ": comment", "", "id: 7", "data:  three", "", "data: last"]
    assert list(events(lines)) == ["one\ntwo", " three", "last"]


def test_chunks_end_at_done() -> None:
    said = '{"choices": [{"delta": {"content": "A"}}]}'
    read = list(chunks([f"data: {said}", "", "data: [DONE]", "", "data: never", ""]))
    assert [one.text for one in read] == ["A"]


@pytest.mark.parametrize(
    ("data", "text", "reason"),
    [
        ('{"choices": [{"delta": {"content": "A"}, "finish_reason": null}]}', "A", ""),
        ('{"choices": [{"delta": {"role": "assistant"}}]}', "", ""),
        ('{"choices": [{"delta": {}, "finish_reason": "eos_token"}]}', "", "stop"),
        ('{"choices": [{"delta": {}, "finish_reason": "length"}]}', "", "length"),
        ('{"choices": [{"message": {"content": null}, "finish_reason": "abort"}]}', "", "abort"),
        ('{"choices": [], "usage": {"prompt_tokens": 3}}', "", ""),
        ('{"choices": null}', "", ""),
    ],
)
def test_pieces_are_read_leniently(data: str, text: str, reason: str) -> None:
    read = chunk(data)
    assert (read.text, read.finish_reason) == (text, reason)


def test_what_is_no_piece_is_told() -> None:
    with pytest.raises(Unusable):
        chunk("[1, 2]")
    with pytest.raises(ServerFault, match="out of memory"):
        chunk('{"error": {"message": "out of memory"}}')


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b'{"error": {"message": "no such model", "code": 404}}', "no such model"),
        (b'{"error": "no such model"}', "no such model"),
        (b'{"detail": [{"loc": ["body"]}]}', "[{'loc': ['body']}]"),
        (b'{"object": "error", "message": "no  such\\nmodel"}', "no such model"),
        (b"<html>\n502</html>", "<html> 502</html>"),
        (b"", ""),
    ],
)
def test_complaints_are_found_in_the_body(body: bytes, said: str) -> None:
    assert complaint(body) == said


def test_other_complaints_are_not_about_the_length() -> None:
    assert not is_too_long("response_format type must be one of text or json_object")
    assert not is_too_long("temperature must be positive")
    assert told_context("This model's maximum context length is 4096 tokens.") == 4096
    assert told_context("exceeds the available context size (8192 tokens)") == 8192
    assert told_context("it is too long") is None


def test_an_estimate_is_never_too_low_and_seldom_twice_too_high() -> None:
    tokenizer = Tokenizer.from_file(str(EMBEDDERS["bge-small-en-v1.5"].directory() / "tokenizer.json"))
    tokenizer.no_truncation()
    paragraphs = [part for part in HANDBOOK.read_text().split("\n\n") if len(part) > 200]
    assert len(paragraphs) > 20
    for text in [*paragraphs, "€ 1,250.00 | 2024-03-01 | 17:45", "年次有給休暇は二十日です。", "Größe ändern: 5 %"]:
        real = len(tokenizer.encode(text, add_special_tokens=False).ids)
        guessed = estimate([{"role": "user", "content": text}]) - TEMPLATE_TOKENS
        assert real <= guessed <= 3 * real + 10, text
        assert guessed <= at_most([{"role": "user", "content": text}])
