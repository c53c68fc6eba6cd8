"""A drafter in front of test servers."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from generation.model import DraftSentence, Evidence
from generation.ports import Cancelled, never
from infra.llm import Connection, ModelServers, OpenAiDrafter
from infra.llm.backoff import Backoff
from infra.llm.protocol import Reply, unheard
from tests.unit.infra.llm.model_server import ModelServerState
from tests.unit.material import evidence

EVIDENCE = [evidence("Casual leave is twelve days.", 1), evidence("Sick leave is ten days.", 2)]
HASTE = Backoff(lambda: 0.0)


@contextmanager
def drafting(
    *servers: ModelServerState | str,
    model: str | None = "a-model",
    timeout_s: float = 10.0,
    silence_s: float = 10.0,
    tries: int = 4,
    in_flight: int = 32,
    context: int | None = None,
    on_reply: Callable[[Reply], None] = unheard,
) -> Iterator[OpenAiDrafter]:
    """A drafter that waits no longer between tries than servers ask for."""
    urls = ",".join(one if isinstance(one, str) else one.url for one in servers)
    connection = Connection(urls, None, timeout_s, silence_s, tries, in_flight)
    with ModelServers(connection, backoff=HASTE) as opened:
        yield OpenAiDrafter(opened, model, context, on_reply)


def drafted(
    drafter: OpenAiDrafter, pieces: Sequence[Evidence] = EVIDENCE, cancelled: Cancelled = never
) -> list[DraftSentence]:
    """All sentences."""
    return list(drafter.draft("How many days?", pieces, cancelled))
