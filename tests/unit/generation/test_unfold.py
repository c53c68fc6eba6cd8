"""Sentences out of a reply that is still being written."""

import itertools
import json
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generation.model import DraftSentence
from generation.unfold import MOST_CHARACTERS, Garbled, unfold

TRICKY = ['He said "no".', "A } and a ] and a {", 'back\\slash \\" and ☃ é', "tab\tand [1, 2]"]
REPLY = json.dumps({"sentences": [{"text": text, "lines": [place]} for place, text in enumerate(TRICKY, 1)]})
WANTED = [DraftSentence(" ".join(text.split()), (place,)) for place, text in enumerate(TRICKY, 1)]


@given(st.lists(st.integers(0, len(REPLY)), max_size=40))
def test_cut_anywhere_the_sentences_are_the_same(cuts: list[int]) -> None:
    places = [0, *sorted(cuts), len(REPLY)]
    pieces = [REPLY[start:end] for start, end in itertools.pairwise(places)]
    assert list(unfold(pieces)) == WANTED


def test_each_sentence_comes_with_its_last_character() -> None:
    read: list[str] = []

    def letters() -> Iterator[str]:
        for letter in REPLY:
            read.append(letter)
            yield letter

    for sentence, text in zip(unfold(letters()), TRICKY, strict=False):
        assert "".join(read).endswith("}")
        assert json.dumps(text) in "".join(read)
        assert sentence.text == " ".join(text.split())
    assert "".join(read) == REPLY


def test_no_sentences_is_a_reply() -> None:
    assert list(unfold([' \n{"sentences"', ": []}\n"])) == []


@pytest.mark.parametrize(
    "reply",
    [
        "",
        "   ",
        "Sure! Here is the answer.",
        '[{"text": "A", "lines": [1]}]',
        '{"answer": "42"}',
        '{"sentences": [{"text": "A", "lines": [1]}',
        '{"sentences": [{"text": "A", "lines": [1]}]} and more',
        '{"sentences": [{"text": "A", "lines": [1]}], "sentences": []}',
        '{"sentences": {"one": [{"text": "A", "lines": [1]}]}}',
        '{"sentences": [{"text": "A", "lines": "1"}]}',
        '{"sentences": [{"text": "A", "lines": []}]}',
        '{"sentences": [{"text": "", "lines": [1]}]}',
        '{"sentences": [{"text": "A", "lines": [1], "score": 1}]}',
        '{"sentences": [[{"text": "A", "lines": [1]}]]}',
        '{"sentences": [{"text": "A", "lines": [1]}]]',
    ],
)
def test_what_is_not_of_the_form_is_garbled(reply: str) -> None:
    with pytest.raises(Garbled):
        list(unfold([reply]))
    with pytest.raises(Garbled):
        list(unfold(list(reply)))


def test_prose_is_given_up_at_once() -> None:
    def endless() -> Iterator[str]:
        yield "Well,"
        raise AssertionError

    with pytest.raises(Garbled, match="Well"):
        list(unfold(endless()))


def test_a_reply_without_end_is_given_up() -> None:
    with pytest.raises(Garbled, match=f"{MOST_CHARACTERS:,}"):
        list(unfold(['{"sentences": [{"text": "', *(["word "] * MOST_CHARACTERS)]))
