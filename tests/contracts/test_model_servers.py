"""One suite for all kinds of language model servers."""

from collections.abc import Iterator

import pytest

from infra.llm.errors import ModelServerAway, PromptTooLong, Resting, Unusable
from infra.llm.probe import probe
from infra.llm.protocol import Reply
from infra.llm.servers import Connection
from infra.llm.tokens import context_length, count
from tests.contracts.model_servers import IMITATIONS, LOOSE, USAGE, Imitation
from tests.unit.infra.llm.asked import EVIDENCE, drafted, drafting
from tests.unit.infra.llm.model_server import LEAVE, SICK, ModelServerState, model_server
from tests.unit.material import evidence

LONG = [evidence("Casual leave is twelve days. " * 260, 1)]


@pytest.fixture(params=IMITATIONS, ids=lambda kind: kind.name)
def kind(request: pytest.FixtureRequest) -> Imitation:
    found: Imitation = request.param
    return found


@pytest.fixture
def server(kind: Imitation) -> Iterator[ModelServerState]:
    with model_server() as state:
        kind.play(state)
        yield state


def test_sentences_come_whatever_the_format(server: ModelServerState) -> None:
    with drafting(server) as drafter:
        assert drafted(drafter) == [LEAVE, SICK]


def test_the_format_is_found_once(server: ModelServerState) -> None:
    with drafting(server) as drafter:
        drafted(drafter)
        before = len(server.bodies)
        assert drafted(drafter) == drafted(drafter) == [LEAVE, SICK]
    assert len(server.bodies) == before + 2


def test_usage_and_the_reason_of_the_end_are_told(server: ModelServerState) -> None:
    told: list[Reply] = []
    with drafting(server, on_reply=told.append) as drafter:
        drafted(drafter)
    last = told[-1]
    assert last.finish_reason == "stop"
    assert (last.prompt_tokens, last.completion_tokens) == (USAGE["prompt_tokens"], USAGE["completion_tokens"])


def test_the_context_is_known_where_the_server_tells_it(kind: Imitation, server: ModelServerState) -> None:
    with drafting(server) as drafter, drafter._servers.guard() as guard:
        assert context_length(drafter._servers.servers[0], guard, "a-model") == kind.context


def test_tokens_are_counted_where_the_server_can(kind: Imitation, server: ModelServerState) -> None:
    messages = [{"role": "user", "content": "word " * 400}]
    with drafting(server) as drafter, drafter._servers.guard() as guard:
        one = drafter._servers.servers[0]
        counted = count(one, guard, "a-model", messages)
        assert (counted == 500) == kind.counts
        assert (one.dialect == "estimate") != kind.counts


def test_a_prompt_that_is_too_long_is_told(kind: Imitation, server: ModelServerState) -> None:
    if kind.too_long is None:
        pytest.skip("it cuts prompts in silence: FOOTNOTE_LLM_CONTEXT must be set")
    with drafting(server, context=1_000_000) as drafter, pytest.raises(PromptTooLong):
        drafted(drafter, LONG)


def test_doctor_finds_out_what_it_can_do(kind: Imitation, server: ModelServerState) -> None:
    (found,) = probe(Connection(server.url, timeout_s=10.0), None)
    assert not isinstance(found, ModelServerAway)
    assert (found.model, found.context, found.structured) == ("a-model", kind.context, kind.takes)
    assert (found.counts == "estimate") != kind.counts
    assert not found.log_probabilities


def test_a_server_without_a_grammar_and_a_model_without_sense_is_told() -> None:
    with model_server() as server:
        LOOSE.play(server)
        with drafting(server) as drafter:
            with pytest.raises(Unusable):
                drafted(drafter, EVIDENCE)
            with pytest.raises(Resting):
                drafted(drafter, EVIDENCE)
        assert len({str(body.get("response_format")) for body in server.bodies}) == len(server.bodies) == 3
