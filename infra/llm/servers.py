"""Several servers as one: which is asked, how often, and when to give up."""

import logging
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Self, TypeVar

import httpx

from generation.ports import Cancelled, never
from infra.llm.backoff import Backoff
from infra.llm.errors import Busy, CutOff, ModelServerAway, PromptTooLong, Refused, Resting
from infra.llm.guard import EVERY_S, Guard, Watcher
from infra.llm.server import Address, Clock, ModelServer

logger = logging.getLogger(__name__)

Item = TypeVar("Item")
Call = Callable[[ModelServer, Guard], Generator[Item, None, None]]


@dataclass(frozen=True, slots=True)
class Connection:
    """How to reach the model servers.

    Attributes:
        urls: One address, or several with commas between them; the first is preferred.
        api_key: Sent as a bearer token where given.
        timeout_s: Seconds for a reply, all tries together.
        silence_s: Seconds without a word after which a server is given up.
        tries: Most calls for one reply.
        in_flight: Most replies under way at a time.
    """

    urls: str
    api_key: str | None = None
    timeout_s: float = 60.0
    silence_s: float = 30.0
    tries: int = 4
    in_flight: int = 32

    @property
    def addresses(self) -> list[Address]:
        """The servers, in order."""
        found = [url.strip() for url in self.urls.split(",")]
        return [Address(url, self.api_key, self.silence_s) for url in found if url]


class ModelServers:
    """Tries again, elsewhere where that is possible, until the time is up. May be used by many threads.

    Args:
        connection: How to reach them.
        clock: Seconds, monotonic.
        backoff: How long to wait between tries.
        transport: Replaces the network in tests.
    """

    def __init__(
        self,
        connection: Connection,
        clock: Clock = time.monotonic,
        backoff: Backoff | None = None,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self.servers = [ModelServer(address, clock, transport) for address in connection.addresses]
        self._connection = connection
        self._clock = clock
        self._watcher = Watcher()
        self._backoff = backoff or Backoff(random.random)
        self._room = threading.BoundedSemaphore(connection.in_flight)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        for server in self.servers:
            server.close()

    def guard(self, cancelled: Cancelled = never) -> Guard:
        """Watches over one reply."""
        return Guard(self._watcher, self._clock, self._clock() + self._connection.timeout_s, cancelled)

    def run(self, call: Call[Item], cancelled: Cancelled = never) -> Generator[Item, None, None]:
        """What a call yields on the first server that gets through with it.

        A call that fails before its first item is made again; one that fails later is not, for what it yielded cannot
        be taken back here.

        Args:
            call: Makes the call.
            cancelled: Looked at while waiting.

        Raises:
            ModelServerAway: No server got through with it. Stopped: `cancelled` said so.
        """
        with self.guard(cancelled) as guard, self._admitted(guard):
            yield from self._tries(call, guard)

    def _tries(self, call: Call[Item], guard: Guard) -> Iterator[Item]:
        last: ModelServerAway = Resting()
        failed: Counter[ModelServer] = Counter()
        for tries in range(1, self._connection.tries + 1):
            server = self._chosen(failed)
            if server is None:
                break
            given = False
            try:
                with server.busy(), _judged(server), closing(call(server, guard)) as items:
                    for item in items:
                        given = True
                        yield item
                return
            except ModelServerAway as error:
                last = error
                _log(server, tries, error)
                if given or isinstance(error, PromptTooLong | CutOff):
                    raise
                failed[server] += self._connection.tries if isinstance(error, Refused) else 1
                server.forget()
            if tries < self._connection.tries:
                self._rest(guard, tries, last, failed)
        raise last

    def _chosen(self, failed: Counter[ModelServer]) -> ModelServer | None:
        """Among those that may be asked, one that failed least here, then one with the fewest calls under way."""
        candidates = [one for one in self.servers if failed[one] < self._connection.tries]
        candidates.sort(key=lambda one: (failed[one], one.in_flight))
        return next((one for one in candidates if one.breaker.enter()), None)

    def _rest(self, guard: Guard, tries: int, error: ModelServerAway, failed: Counter[ModelServer]) -> None:
        """Wait before the same server is asked again; one that has not failed yet is asked at once.

        Nobody waits for a server that is to be left alone for long: the next choice then finds none.
        """
        guard.check()
        if any(not failed[one] and not one.breaker.waits() for one in self.servers):
            return
        waits = [one.breaker.waits() for one in self.servers if failed[one] < self._connection.tries]
        delay = self._backoff.delay(tries, error.wait_s if isinstance(error, Busy) else None)
        wait = max(delay, min(waits, default=0.0))
        if waits and wait <= self._backoff.most_s:
            guard.sleep(wait)

    @contextmanager
    def _admitted(self, guard: Guard) -> Iterator[None]:
        while not self._room.acquire(timeout=EVERY_S):
            if guard.left_s <= EVERY_S:
                raise Busy
            guard.check()
        try:
            yield
        finally:
            self._room.release()


@contextmanager
def _judged(server: ModelServer) -> Iterator[None]:
    """Tells the breaker how a call went. What lies at the question says nothing about the server."""
    try:
        yield
    except (PromptTooLong, CutOff):
        server.breaker.succeeded()
        raise
    except Busy as error:
        server.breaker.rest(error.wait_s or 0.0)
        raise
    except ModelServerAway:
        server.breaker.failed()
        raise
    except BaseException:
        server.breaker.left()
        raise
    server.breaker.succeeded()


def _log(server: ModelServer, tries: int, error: ModelServerAway) -> None:
    logger.warning(
        "a model server failed",
        extra={"server": server.address.root, "tries": tries, "kind": type(error).__name__, "reason": str(error)},
    )
