"""The one place where what Milvus says becomes transient or permanent."""

from collections.abc import Iterator
from contextlib import contextmanager

from ingest.errors import DiskFull, FootnoteError, Permanent, Transient

NEEDS_CLIENT = "Milvus needs the package pymilvus. Run: make stores"
NEEDS_LITE = "A Milvus index in a folder needs the package milvus-lite. Run: make stores"
WRONG_TOKEN = "Milvus refuses the user or the password. Check the token."
NO_RIGHTS = "This Milvus user may not do that. It must be allowed to create, read and write collections."
BAD_CERTIFICATE = (
    "No secure connection to Milvus: its certificate is not trusted, or is for another name, or the server does not "
    "speak TLS. Check the address, the CA certificate and the server name."
)
TOO_LARGE = "A request to Milvus was larger than it takes. Fewer documents or tags in a filter may help."

HANDSHAKE = ("handshake failed", "CERTIFICATE_VERIFY", "WRONG_VERSION_NUMBER", "SSL_ERROR", "Verification Check failed")
TOKEN = ("unauthenticated", "auth check failure", "invalid token")
RIGHTS = ("permission deny", "permission denied", "PERMISSION_DENIED")
NO_SPACE = ("No space left on device", "disk quota", "DiskQuota")
NOT_LOADED = (101, 103)
COLLECTION_NOT_FOUND = 100
# Codes of Milvus' `merr`: service, channel, segment, node and storage errors pass; so does a rate limit.
PASSING = (range(1, 6), range(8, 10), range(500, 700), range(900, 1_100))


class Away(Transient):
    """The server cannot be reached, or was lost on the way."""

    message = "Milvus is not reachable at the moment. Try again shortly; if it stays away, run: footnote doctor"


class NotLoaded(Transient):
    """The collection is not in memory, after a restart of the server for example."""

    message = "Milvus is still loading the index. Try again shortly."


class Gone(Permanent):
    """There is no such collection."""

    message = "The Milvus collection of the index does not exist. Run: footnote db rebuild-index"


@contextmanager
def translated() -> Iterator[None]:
    """Raise Footnote's errors instead of those of pymilvus and gRPC.

    Raises:
        DiskFull: No space left. Away: No connection or no answer in time. NotLoaded, Gone: The collection's state.
        Transient: Milvus is busy. Permanent: It will never work like this.
    """
    try:
        from grpc import FutureTimeoutError, RpcError
        from pymilvus.exceptions import MilvusException
    except ImportError as error:
        raise Permanent(NEEDS_CLIENT) from error
    try:
        yield
    except (MilvusException, RpcError, FutureTimeoutError) as error:
        raise classified(error) from error


def classified(error: BaseException) -> FootnoteError:
    """The project's error for one of pymilvus or gRPC."""
    said = "; ".join(_said(error))
    for words, answer in (
        (NO_SPACE, DiskFull()),
        (HANDSHAKE, Permanent(BAD_CERTIFICATE)),
        (TOKEN, Permanent(WRONG_TOKEN)),
        (RIGHTS, Permanent(NO_RIGHTS)),
    ):
        if any(word.lower() in said.lower() for word in words):
            return answer
    return _by_status(error) or _by_code(error)


def _by_status(error: BaseException) -> FootnoteError | None:
    """By gRPC's status, which pymilvus hides in causes and codes."""
    names = {getattr(_status(one), "name", "") for one in _chain(error)}
    if "UNAUTHENTICATED" in names:
        return Permanent(WRONG_TOKEN)
    if "RESOURCE_EXHAUSTED" in names:
        return Permanent(TOO_LARGE)
    gone = names & {"UNAVAILABLE", "DEADLINE_EXCEEDED", "CANCELLED"} or type(error).__name__ == "FutureTimeoutError"
    return Away() if gone else None


def _by_code(error: BaseException) -> FootnoteError:
    code, said = _status(error), str(getattr(error, "message", error))
    if code in NOT_LOADED or "not loaded" in said:
        return NotLoaded()
    if code == COLLECTION_NOT_FOUND or "can't find collection" in said:
        return Gone()
    if code == 2 or "Retry timeout" in said:
        return Away()
    passing = any(code in codes for codes in PASSING if isinstance(code, int)) or getattr(error, "retriable", False)
    client_side = type(error).__name__ != "MilvusException"
    return (Transient if passing and not client_side else Permanent)(f"Milvus refused: {said}")


def _status(error: BaseException) -> object:
    """Pymilvus has the code as a property, gRPC as a method."""
    code = getattr(error, "code", None)
    return code() if callable(code) else code


def _chain(error: BaseException) -> Iterator[BaseException]:
    """An error and what caused it; pymilvus makes errors their own causes."""
    seen: list[BaseException] = []
    current: BaseException | None = error
    while current is not None and not any(current is one for one in seen):
        seen.append(current)
        yield current
        current = current.__cause__


def _said(error: BaseException) -> Iterator[str]:
    for one in _chain(error):
        details = getattr(one, "details", None)
        yield str((details() if callable(details) else None) or getattr(one, "message", one))
