"""Checks the language model servers."""

from collections.abc import Iterator

from app.check import Check
from app.settings import Settings
from app.writers import connection
from infra.llm.errors import ModelServerAway
from infra.llm.probe import Abilities, probe
from infra.llm.tokens import ASSUMED_CONTEXT

NAME = "language model"
LEAST_CONTEXT = 4_096
START = "Start the server (make vllm), or correct FOOTNOTE_LLM_URL, FOOTNOTE_LLM_MODEL and FOOTNOTE_LLM_API_KEY."
LOOSE = "Answers are checked all the same. For fewer failures use vLLM, or another server of docs/models.md."
SHORT = f"Serve the model with at least {LEAST_CONTEXT:,} tokens (vLLM: --max-model-len)."
UNTOLD = "Set FOOTNOTE_LLM_CONTEXT to what the server was started with."


def checks(settings: Settings) -> Iterator[Check]:
    """One finding for each server that is set."""
    if not settings.llm_url:
        yield Check(NAME, "ok", "None is set: answers are quotes from the documents")
        return
    yield from _checks(settings, settings.llm_url, settings.llm_model)
    if settings.llm_small_url or settings.llm_small_model:
        yield from _checks(settings, settings.llm_small_url or settings.llm_url, settings.llm_small_model)


def _checks(settings: Settings, urls: str, model: str | None) -> Iterator[Check]:
    reached = connection(settings, urls)
    for address, found in zip(reached.addresses, probe(reached, model), strict=True):
        if isinstance(found, ModelServerAway):
            yield Check(NAME, "failed", f"{address.url}: {found}", START)
        else:
            yield _check(found, settings.llm_context)


def _check(found: Abilities, context: int | None) -> Check:
    words = f"{found.model} at {found.server}: {', '.join(_abilities(found))}"
    mends = []
    if found.model not in found.offered:
        return Check(NAME, "failed", f"{found.server} offers {', '.join(found.offered)}, not {found.model}", START)
    if not found.structured:
        mends.append(LOOSE)
    if found.context is None and context is None:
        mends.append(UNTOLD)
    if (context or found.context or LEAST_CONTEXT) < LEAST_CONTEXT:
        mends.append(SHORT)
    return Check(NAME, "warning" if mends else "ok", words, " ".join(mends))


def _abilities(found: Abilities) -> Iterator[str]:
    if found.context:
        yield f"context of {found.context:,} tokens"
    else:
        yield f"context length not told ({ASSUMED_CONTEXT:,} tokens assumed)"
    yield f"structured output ({found.structured})" if found.structured else "no structured output"
    caching = {True: "prefix caching", False: "no prefix caching", None: "prefix caching not told"}
    yield caching[found.prefix_caching]
    yield "log-probabilities" if found.log_probabilities else "no log-probabilities"
    yield "tokens estimated" if found.counts == "estimate" else "tokens counted"
