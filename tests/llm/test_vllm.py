"""The client against a real vLLM. What the small model says does not matter, only how."""

import time
from dataclasses import replace

import pytest

from generation.model import AnswerSentence
from generation.prompt import messages, schema
from generation.writing import Audience
from infra.llm import Connection, ModelServers, OpenAiDrafter
from infra.llm.asking import Question, completion
from infra.llm.drafter import MOST_TOKENS
from infra.llm.errors import ModelServerAway, PromptTooLong, Refused
from infra.llm.formats import FORMATS
from infra.llm.probe import probe
from infra.llm.protocol import Reply
from infra.llm.tokens import count
from tests.llm.conftest import CONTEXT, Vllm
from tests.unit.generation.test_answer import HITS, QUESTION, answerer
from tests.unit.infra.llm.asked import EVIDENCE
from tests.unit.material import evidence

pytestmark = pytest.mark.llm

MODEL = "smollm2-135m"
RULE = "that some matters are settled by the house, " * 40
LONG = [evidence(f"Rule {number} says {RULE}", number) for number in range(1, 9)]


def test_what_it_can_do_is_found_out(vllm: Vllm) -> None:
    (found,) = probe(Connection(vllm.url, timeout_s=120.0, silence_s=120.0), None)
    assert not isinstance(found, ModelServerAway)
    assert (found.model, found.context, found.counts) == (MODEL, CONTEXT, "vllm")
    assert (found.structured, found.prefix_caching, found.log_probabilities) == ("json_schema", True, True)


def test_sentences_cite_lines_that_were_offered(servers: ModelServers) -> None:
    told: list[Reply] = []
    drafter = OpenAiDrafter(servers, on_reply=told.append)
    sentences = list(drafter.draft("How many days of casual leave are there?", EVIDENCE))
    assert sentences
    assert all(set(one.evidence) <= {1, 2} and one.evidence for one in sentences)
    assert (drafter.name, told[0].finish_reason) == (MODEL, "stop")


def test_tokens_are_counted_to_the_token(servers: ModelServers) -> None:
    told: list[Reply] = []
    prompt = messages("How many days?", EVIDENCE)
    with servers.guard() as guard:
        server = servers.servers[0]
        counted = count(server, guard, MODEL, prompt)
        "".join(completion(server, guard, Question(MODEL, prompt, schema(EVIDENCE), MOST_TOKENS), told.append))
    assert (server.dialect, told[0].prompt_tokens) == ("vllm", counted)


def test_evidence_is_left_out_until_it_fits_to_the_token(servers: ModelServers) -> None:
    question, server = "What is rule 1 about?", servers.servers[0]
    with servers.guard() as guard:
        kept = len(OpenAiDrafter(servers).fitting(server, guard, MODEL, question, LONG))
        shorter, longer = (count(server, guard, MODEL, messages(question, LONG[:lines])) for lines in (kept, kept + 1))
    assert 0 < kept < len(LONG)
    assert shorter <= CONTEXT - MOST_TOKENS < longer


def test_a_prompt_that_is_too_long_is_told_as_such(servers: ModelServers) -> None:
    prompt = [{"role": "user", "content": "word " * 2 * CONTEXT}]
    with pytest.raises(PromptTooLong) as told:
        list(servers.run(lambda one, guard: completion(one, guard, Question(MODEL, prompt, {}, 8), lambda _: None)))
    assert told.value.context == CONTEXT


def test_an_unknown_model_is_told(servers: ModelServers) -> None:
    with pytest.raises(Refused, match="does not exist"):
        list(OpenAiDrafter(servers, "no-such-model").draft("How many days?", EVIDENCE))


@pytest.mark.parametrize("name", ["json_schema", "structured_outputs"])
def test_formats_are_kept_to(servers: ModelServers, name: str) -> None:
    server = servers.servers[0]
    server.format = next(place for place, one in enumerate(FORMATS) if one.name == name)
    sentences = list(OpenAiDrafter(servers).draft("How many days of sick leave are there?", EVIDENCE))
    assert sentences
    assert FORMATS[server.format].name == name


def test_the_instructions_stay_in_the_prefix_cache(servers: ModelServers) -> None:
    told: list[Reply] = []
    drafter = OpenAiDrafter(servers, on_reply=told.append)
    for question in ("How many days of casual leave?", "And how many of sick leave?"):
        list(drafter.draft(question, EVIDENCE))
    assert (told[1].cached_tokens or 0) >= 128


def test_a_reader_who_leaves_frees_the_server(vllm: Vllm, servers: ModelServers) -> None:
    with servers.guard() as guard:
        body: dict[str, object] = {
            "model": MODEL, "messages": [{"role": "user", "content": "Tell a long story."}], "max_tokens": 1_500,
            "ignore_eos": True,
        }  # fmt: skip
        pieces = servers.servers[0].stream(body, guard, lambda _: None)
        next(pieces)
        assert vllm.metric("num_requests_running") == 1
        pieces.close()
    until = time.monotonic() + 60
    while vllm.metric("num_requests_running"):
        assert time.monotonic() < until
        time.sleep(0.1)


def test_a_server_killed_in_the_middle_leaves_quotes(vllm: Vllm) -> None:
    """The last test: it ends the server while it writes."""
    told: list[str] = []

    def hear(sentence: AnswerSentence) -> None:
        told.append(sentence.text)
        vllm.kill()

    with ModelServers(Connection(vllm.url, timeout_s=60.0)) as servers:
        made = replace(answerer(), drafter=OpenAiDrafter(servers))
        answer = made.answer(QUESTION, HITS, Audience(hear, lambda: told.append("void")))
        again = made.answer(QUESTION, HITS)
    if "void" in told:
        assert (answer.written_by, [one.text for one in answer.sentences]) == ("quotes", told[told.index("void") + 1 :])
    else:  # it had said everything but the end of its JSON
        assert (answer.written_by, [one.text for one in answer.sentences]) == (MODEL, told)
    assert again.written_by == "quotes"
    assert "no connection" in again.notice
    assert again.sentences
